"""Claim checks and what became of them, for people: as Markdown to share, and line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rag._markdown import block_quote, escaped, link
from rag._phrases import (
    PROMISE,
    describe_disagreement,
    describe_origin,
    describe_verdict,
    evidence_notes,
    one_line,
    printable,
)
from rag.schema import (
    Article,
    Citation,
    ClaimCheck,
    ClaimEvidence,
    ClaimPart,
    DossierReport,
    QuoteState,
    Stance,
    VerifiedArticle,
    VerifiedQuote,
)


def check_markdown(
    check: ClaimCheck, article: Callable[[str], Article], said_by: Callable[[Citation], str]
) -> str:
    """The check as a Markdown text to share: claim, verdict, each part, the quotes for and against.

    `article` gives the article of an id, `said_by` says who says a quote (empty: the article itself). All
    that comes from articles and users is escaped, so that it shows as it is.
    """
    lines = ["# Claim check", "", f"**Claim:** {_shown(check.claim)}", "", f"**{describe_verdict(check)}**"]
    several = len(check.parts) > 1
    for number, part in enumerate(check.parts, start=1):
        if several:
            lines += ["", f"## Part {number}: {_shown(part.text)}", "", describe_verdict(part)]
        lines += _part_markdown(part, article, said_by, heading="###" if several else "##")
    if check.disagreements:
        lines += ["", "## Where the articles disagree", ""]
        lines += [f"- {_shown(describe_disagreement(pair))}" for pair in check.disagreements]
        lines += _remaining_markdown(check, article, said_by)
    lines += ["", "---", "", PROMISE]
    return "\n".join(lines) + "\n"


def _part_markdown(
    part: ClaimPart, article: Callable[[str], Article], said_by: Callable[[Citation], str], *, heading: str
) -> Iterator[str]:
    for title, side in (("For", part.supporting), ("Against", part.refuting)):
        if side:
            yield from ("", f"{heading} {title}")
        for evidence in side:
            yield from _quote_markdown(evidence.citation, article, said_by)
            if notes := evidence_notes(evidence, article):
                yield from ("", _shown(" ".join(notes)))


def _remaining_markdown(
    check: ClaimCheck, article: Callable[[str], Article], said_by: Callable[[Citation], str]
) -> Iterator[str]:
    """The quotes that stand in disagreements only."""
    judged = {evidence.citation.number for evidence in (*check.supporting, *check.refuting)}
    for citation in check.citations:
        if citation.number not in judged:
            yield from _quote_markdown(citation, article, said_by)


def _quote_markdown(
    citation: Citation, article: Callable[[str], Article], said_by: Callable[[Citation], str]
) -> Iterator[str]:
    source = article(citation.article_id)
    yield ""
    yield from block_quote(printable(citation.quote))
    origin = describe_origin(source.source, source.author, source.published)
    title = link(printable(source.title or citation.title or source.id), source.url)
    place = f"characters {citation.start} to {citation.end}"
    speaker = said_by(citation)
    said = f", {_shown(speaker)}" if speaker else ""
    yield from ("", f"\\[{citation.number}\\] {title}, {_shown(origin)}, {place}{said}")


def _shown(text: str) -> str:
    return escaped(printable(one_line(text)))


def dossier_lines(report: DossierReport) -> Iterator[str]:
    """What became of a dossier: the verdict then and now, then what changed, a line for each thing."""
    if report.unchanged:
        yield "Unchanged: articles, quotes and verdict are what they were."
    else:
        yield f"Changed since {report.checked_on.isoformat()}:"
    yield f"Claim: {one_line(report.then.claim)}"
    yield f"Verdict on {report.checked_on.isoformat()}: {describe_verdict(report.then)}"
    yield f"Verdict today: {describe_verdict(report.now)}"
    same = sum(article.unchanged for article in report.articles)
    yield f"Articles: {same} of {len(report.articles)} unchanged."
    for article in report.articles:
        if not article.unchanged:
            yield f"  “{one_line(article.title)}” ({article.article_id}): {_what_changed(article)}."
    in_place = sum(quote.state is QuoteState.IN_PLACE for quote in report.quotes)
    yield f"Quotes: {in_place} of {len(report.quotes)} in place."
    for quote in report.quotes:
        if quote.state is not QuoteState.IN_PLACE:
            altered = quote in report.falsified
            yield f"  [{quote.citation.number}] {_where(quote, altered=altered)}"
    for title, changed in (
        ("New evidence", report.new_evidence),
        ("No longer cited", report.dropped_evidence),
    ):
        if changed:
            yield f"{title}: {len(changed)}."
        for evidence in changed:
            yield f"  {_evidence_line(evidence)}"


def _what_changed(article: VerifiedArticle) -> str:
    changes = [f"{name} changed" for name in (*(["text"] if article.text_changed else []), *article.changed)]
    if not article.missing:
        return ", ".join(changes)
    if not article.replaced_by:
        return "not in the index any more"
    as_it_was = ", ".join(changes) or "otherwise the same"
    return f"not in the index any more, probably replaced by {article.replaced_by} ({as_it_was})"


def _where(quote: VerifiedQuote, *, altered: bool) -> str:
    title = f"“{one_line(quote.citation.title)}”"
    places = "; ".join(
        f"characters {found.start} to {found.end}"
        + (f" of {found.article_id}" if found.article_id != quote.citation.article_id else "")
        for found in quote.found
    )
    words = f"“{one_line(quote.citation.quote)}”"
    if altered:
        return f"never stood where the dossier says: {title} is unchanged. The dossier was altered: {words}"
    if quote.state is QuoteState.GONE:
        return f"is gone, {title} doesn't say it any more: {words}"
    if quote.state is QuoteState.MOVED:
        return f"moved to {places}."
    return f"stands in several places now ({places}): {words}"


def _evidence_line(evidence: ClaimEvidence) -> str:
    citation = evidence.citation
    side = "for" if evidence.stance is Stance.SUPPORTS else "against"
    place = f"“{one_line(citation.title)}”, characters {citation.start} to {citation.end}"
    return f"{side} the claim, {place}: “{one_line(citation.quote)}”"


def dossier_report_record(report: DossierReport) -> dict[str, Any]:
    """What became of a dossier, as a record with stable keys."""
    falsified = {quote.citation.number for quote in report.falsified}
    return {
        "unchanged": report.unchanged,
        "claim": report.then.claim,
        "checked_on": report.checked_on.isoformat(),
        "verdict_then": report.then.verdict.value,
        "verdict_now": report.now.verdict.value,
        "confidence_then": report.then.confidence,
        "confidence_now": report.now.confidence,
        "articles": [
            {
                "article_id": article.article_id,
                "title": article.title,
                "unchanged": article.unchanged,
                "missing": article.missing,
                "replaced_by": article.replaced_by or None,
                "text_changed": article.text_changed,
                "changed": list(article.changed),
            }
            for article in report.articles
        ],
        "quotes": [
            {
                "number": quote.citation.number,
                "quote": quote.citation.quote,
                "state": quote.state.value,
                "falsified": quote.citation.number in falsified,
                "found": [_place_record(found) for found in quote.found],
            }
            for quote in report.quotes
        ],
        "new_evidence": [_evidence_record(evidence) for evidence in report.new_evidence],
        "dropped_evidence": [_evidence_record(evidence) for evidence in report.dropped_evidence],
    }


def _place_record(citation: Citation) -> dict[str, Any]:
    return {"article_id": citation.article_id, "start": citation.start, "end": citation.end}


def _evidence_record(evidence: ClaimEvidence) -> dict[str, Any]:
    return {
        "number": evidence.citation.number,
        "stance": evidence.stance.value,
        "title": evidence.citation.title,
        **_place_record(evidence.citation),
        "quote": evidence.citation.quote,
    }
