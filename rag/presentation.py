"""Answers for readers and machines: confidence in words, and plain records that JSON can hold."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from rag.schema import Answer, Article, ArticleSummary, Citation, Evidence, IngestReport, RankedPassage

NOT_FOUND_TEXT = "The articles don't say."
PROMISE = "We promise provenance, not truth: every quote is in its article, but an article can be wrong."

# The IPCC's scale of confidence (Guidance Notes for Lead Authors, 2005), cut halfway between its levels.
_LEVELS = ((0.9, "very high"), (0.65, "high"), (0.35, "medium"), (0.1, "low"))
_LOWEST_LEVEL = "very low"

_OUTSIDE_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})
# These turn the order of the text around them, on a terminal also that of what we print ourselves.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def confidence_level(confidence: float) -> str:
    """A confidence (0 to 1) in words, from "very low" to "very high"."""
    return next((level for least, level in _LEVELS if confidence >= least), _LOWEST_LEVEL)


def describe_confidence(answer: Answer) -> str:
    """The answer's confidence in words and number, as one sentence."""
    number = f"{confidence_level(answer.confidence)} ({answer.confidence:.2f})"
    if answer.statements:
        return f"Confidence that this answers the question: {number}."
    return f"Confidence that the nearest passage answers the question: {number}."


def report_lines(report: IngestReport) -> Iterator[str]:
    """What an ingest did: a line of counts, and a line for each file that was left out."""
    counts = (
        (len(report.added), "added"),
        (len(report.updated), "updated"),
        (len(report.unchanged), "unchanged"),
        (len(report.removed), "removed"),
        (len(report.copies), "left out as copies"),
        (len(report.failed), "failed"),
    )
    yield "Articles: " + (", ".join(f"{n} {what}" for n, what in counts if n) or "none") + "."
    for file in report.failed:
        yield f"  {file.path}: {file.reason}"
    for path in report.copies:
        yield f"  {path}: has the same content as another file, which is in the index."


def printable(text: str) -> str:
    """The text with every character that could steer a terminal written as an escape, such as `\\x1b`.

    Line feeds and tabs stay.
    """
    return "".join(
        character.encode("unicode_escape").decode("ascii") if _steers(character) else character
        for character in text
    )


def _steers(character: str) -> bool:
    if character in "\n\t":
        return False
    return character in _BIDI or unicodedata.category(character) in _OUTSIDE_TEXT


def answer_record(answer: Answer, article: Callable[[str], Article]) -> dict[str, Any]:
    """The whole answer as a record with stable keys; dates in ISO form, timings in milliseconds.

    `article` gives the article of an id, for the source, author, date and address of each citation.
    """
    return {
        "question": answer.question,
        "status": answer.status.value,
        "confidence": answer.confidence,
        "text": answer.text,
        "statements": [
            {"text": statement.text, "citations": [citation.number for citation in statement.citations]}
            for statement in answer.statements
        ],
        "citations": [_citation_record(citation, article) for citation in answer.citations],
        "evidence": [_evidence_record(evidence) for evidence in answer.evidence],
        "timings": dict(answer.timings),
    }


def passage_record(ranked: RankedPassage) -> dict[str, Any]:
    """A ranked passage as a record with stable keys."""
    passage = ranked.passage
    return {
        "rank": ranked.rank,
        "score": ranked.score,
        "dense_rank": ranked.dense_rank,
        "bm25_rank": ranked.bm25_rank,
        "maxsim_rank": ranked.maxsim_rank,
        "title": ranked.title,
        "article_id": passage.article_id,
        "passage_id": passage.id,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
    }


def summary_record(summary: ArticleSummary) -> dict[str, Any]:
    """What the index knows of an article as a record with stable keys."""
    return {
        "id": summary.id,
        "title": summary.title,
        "source": summary.source,
        "author": summary.author,
        "published": summary.published.isoformat() if summary.published else None,
        "url": summary.url,
        "passages": summary.passages,
        "origin": summary.origin,
    }


def _citation_record(citation: Citation, article: Callable[[str], Article]) -> dict[str, Any]:
    cited = article(citation.article_id)
    return {
        "number": citation.number,
        "article_id": citation.article_id,
        "title": citation.title,
        "source": cited.source,
        "author": cited.author,
        "published": cited.published.isoformat() if cited.published else None,
        "url": cited.url,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
    }


def _evidence_record(evidence: Evidence) -> dict[str, Any]:
    return {
        "article_id": evidence.article_id,
        "passage_id": evidence.passage_id,
        "title": evidence.title,
        "start": evidence.start,
        "end": evidence.end,
        "score": evidence.score,
        "text": evidence.text,
    }
