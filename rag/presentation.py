"""Answers for readers and machines: confidence in words, and plain records that JSON can hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rag._claim_texts import check_markdown, dossier_lines, dossier_report_record
from rag._phrases import PROMISE, confidence_level, describe_verdict, printable
from rag.schema import (
    Answer,
    Article,
    ArticleSummary,
    Attribution,
    Citation,
    ClaimCheck,
    ClaimEvidence,
    ClaimPart,
    Evidence,
    IngestReport,
    RankedPassage,
    Writing,
)

__all__ = [
    "NOT_FOUND_TEXT",
    "PROMISE",
    "answer_record",
    "check_markdown",
    "check_record",
    "confidence_level",
    "describe_confidence",
    "describe_verdict",
    "describe_writing",
    "dossier_lines",
    "dossier_report_record",
    "passage_record",
    "printable",
    "report_lines",
    "said_by",
    "summary_record",
    "trace_lines",
]

NOT_FOUND_TEXT = "The articles don't say."


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


def said_by(citation: Citation) -> str:
    """Who says what is quoted, as in "according to Ann Lee, mayor"; empty for the article itself.

    Several speakers are separated by semicolons, each named once, in the order of the quote.
    """
    speakers = dict.fromkeys(attribution.text for attribution in citation.attributions)
    return "according to " + "; ".join(speakers) if speakers else ""


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
        "typed": answer.typed,
        "writing": _writing_record(answer.writing, article) if answer.writing is not None else None,
    }


def _writing_record(writing: Writing, article: Callable[[str], Article]) -> dict[str, Any]:
    return {
        "model": writing.model,
        "used": writing.used,
        "notice": writing.notice,
        "drafted": writing.drafted,
        "dropped": writing.dropped,
        "dropped_share": writing.dropped_share,
        "rejected": [
            {
                "text": rejected.text,
                "reason": rejected.reason,
                "citations": [_citation_record(citation, article) for citation in rejected.citations],
            }
            for rejected in writing.rejected
        ],
        "tokens_read": writing.tokens_read,
        "tokens_written": writing.tokens_written,
    }


def describe_writing(answer: Answer) -> str:
    """Who worded an answer, in a sentence or two; "" where the articles did, and nobody else tried."""
    writing = answer.writing
    if writing is None:
        return ""
    if not writing.used:
        return writing.notice
    dropped = f", {writing.dropped} of {writing.drafted} statements left out as not borne out" * bool(
        writing.dropped
    )
    told = f"Worded by {writing.model}, each statement checked against the sentences it cites{dropped}."
    return f"{told} {writing.notice}".strip()


def trace_lines(answer: Answer) -> Iterator[str]:
    """The steps of an answer with their milliseconds, and what a chat model read and wrote."""
    if answer.typed:
        yield f"asked as: {answer.question}"
    for step, milliseconds in answer.timings.items():
        yield f"{step:<16}{milliseconds:>10.1f} ms"
    writing = answer.writing
    if writing is not None:
        read, written = (
            "unknown" if count is None else f"{count:,}"
            for count in (writing.tokens_read, writing.tokens_written)
        )
        yield f"{'model':<16}{writing.model}"
        yield f"{'tokens':<16}{read} read, {written} written"
        yield f"{'statements':<16}{writing.drafted} drafted, {writing.dropped} dropped"


def check_record(check: ClaimCheck, article: Callable[[str], Article]) -> dict[str, Any]:
    """The whole check as a record with stable keys; dates in ISO form, timings in milliseconds.

    Each of `citations` says what stance it takes; one that supports a part of the claim and refutes another
    is listed with each stance, and one that only stands in a disagreement has none. `article` gives the
    article of an id.
    """
    return {
        "claim": check.claim,
        "verdict": check.verdict.value,
        "confidence": check.confidence,
        "parts": [_part_record(part) for part in check.parts],
        "citations": _claim_citations(check, article),
        "disagreements": [
            {
                "one": pair.one.number,
                "other": pair.other.number,
                "about": pair.about,
                "superseded": pair.superseded,
            }
            for pair in check.disagreements
        ],
        "nearest": [_evidence_record(evidence) for evidence in check.nearest],
        "timings": dict(check.timings),
    }


def _part_record(part: ClaimPart) -> dict[str, Any]:
    return {
        "text": part.text,
        "start": part.start,
        "end": part.end,
        "verdict": part.verdict.value,
        "confidence": part.confidence,
        "supporting": [evidence.citation.number for evidence in part.supporting],
        "refuting": [evidence.citation.number for evidence in part.refuting],
    }


def _claim_citations(check: ClaimCheck, article: Callable[[str], Article]) -> list[dict[str, Any]]:
    evidence = (*check.supporting, *check.refuting)
    judged = {each.citation.number for each in evidence}
    records = [_claim_citation(each.citation, each, article) for each in evidence]
    records += [_claim_citation(c, None, article) for c in check.citations if c.number not in judged]
    return sorted(records, key=lambda record: record["number"])


def _claim_citation(
    citation: Citation, evidence: ClaimEvidence | None, article: Callable[[str], Article]
) -> dict[str, Any]:
    return {
        **_citation_record(citation, article),
        "stance": evidence.stance.value if evidence else None,
        "score": evidence.score if evidence else None,
        "reason": evidence.reason if evidence else "",
        "superseded": evidence.superseded if evidence else False,
        "copies": list(evidence.copies) if evidence else [],
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
        "attributions": [_attribution_record(attribution) for attribution in citation.attributions],
    }


def _attribution_record(attribution: Attribution) -> dict[str, Any]:
    return {
        "speaker": attribution.speaker,
        "role": attribution.role,
        "organisation": attribution.organisation,
        "named": attribution.named,
        "speech": attribution.speech.value,
        "outlet": attribution.outlet,
        "start": attribution.start,
        "end": attribution.end,
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
