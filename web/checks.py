"""Claim checks as what the page shows: the verdict, and the quotes for and against, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.presentation import confidence_level
from rag.schema import Article, Citation, ClaimCheck, ClaimEvidence, ClaimPart, Disagreement, Verdict
from web.exports import Export
from web.render import (
    ArticleOf,
    Mark,
    byline,
    chips_html,
    citation_key,
    cited_marks,
    escape,
    nearest_html,
    nearest_marks,
    said_html,
)

BADGES = {
    Verdict.SUPPORTED: "Supported",
    Verdict.REFUTED: "Refuted",
    Verdict.CONFLICTING_EVIDENCE: "Conflicting",
    Verdict.NOT_ENOUGH_EVIDENCE: "Not enough evidence",
}

_UNDECIDED = "No sentence decides this surely enough."


def claim_html(claim: str) -> str:
    """A reader's claim as a chat message."""
    return f'<div class="question claim">{escape(claim)}</div>'


def check_html(check: ClaimCheck, *, turn: int, article: ArticleOf, exports: Sequence[Export] = ()) -> str:
    """A check as a chat message, with a chip for each citation and a button for each of the exports.

    `turn` counts the conversation's questions and claims from 1, `article` gives the article of an id.
    """
    show = _Shown(check, turn, article)
    several = len(check.parts) > 1
    body = "".join(map(show.part, check.parts)) if several else show.sides(check.parts[0], "h3")
    undecided = check.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    nearest = nearest_html(check.nearest, _UNDECIDED, turn=turn) if undecided else ""
    buttons = "".join(
        f'<button type="button" class="export" value="{export.key}">{escape(export.label)}</button>'
        for export in exports
    )
    return (
        f'<div class="answer claim-check"><p class="found">{_badge(check)}</p>'
        f'<p class="confidence">{_sure(check)}</p>{body}{show.disagreements()}{nearest}'
        f'<p class="exports">{buttons}</p></div>'
    )


def check_marks(check: ClaimCheck, *, turn: int) -> tuple[Mark, ...]:
    """What the evidence panel marks for a check: its citations, and the nearest passages if shown."""
    nearest = check.nearest if check.verdict is Verdict.NOT_ENOUGH_EVIDENCE else ()
    return cited_marks(check.citations, turn=turn) + nearest_marks(nearest, turn=turn)


def deciding_key(check: ClaimCheck, *, turn: int) -> str:
    """The key of the mark that the verdict rests on most; empty where nothing decides it."""
    for part in check.parts:
        for evidence in (*part.supporting, *part.refuting):
            if part.verdict is check.verdict and not evidence.superseded:
                return citation_key(turn, evidence.citation.number)
    return ""


class _Shown:
    """The pieces of one check; they share its turn, its articles and its disagreements."""

    def __init__(self, check: ClaimCheck, turn: int, article: ArticleOf) -> None:
        self._check = check
        self._turn = turn
        self._article = article

    def part(self, part: ClaimPart) -> str:
        """One of several parts, with a verdict of its own."""
        return (
            f'<section class="part"><h3>{escape(part.text)}</h3>'
            f'<p class="sure">{_badge(part)} {_sure(part)}</p>{self.sides(part, "h4")}</section>'
        )

    def sides(self, part: ClaimPart, heading: str) -> str:
        """The quotes for a part, and those against it."""
        sides = "".join(
            f'<section class="side {name}"><{heading}>{title}</{heading}>'
            # What a later article took back comes after what still holds.
            f"<ul>{''.join(map(self._evidence, sorted(found, key=lambda e: e.superseded)))}</ul></section>"
            for name, title, found in (
                ("for", "For", part.supporting),
                ("against", "Against", part.refuting),
            )
            if found
        )
        return f'<div class="sides">{sides}</div>' if sides else ""

    def disagreements(self) -> str:
        """What articles say differently, with the quotes that aren't shown above."""
        pairs = "".join(map(self._disagreement, self._check.disagreements))
        if not pairs:
            return ""
        judged = {e.citation.number for e in (*self._check.supporting, *self._check.refuting)}
        others = [citation for citation in self._check.citations if citation.number not in judged]
        quotes = f"<ul>{''.join(f'<li>{self._quote(other)}</li>' for other in others)}</ul>" if others else ""
        return (
            '<section class="disagreements"><h3>Where the articles disagree</h3>'
            f"<ul>{pairs}</ul>{quotes}</section>"
        )

    def _disagreement(self, pair: Disagreement) -> str:
        outcome = "; the later article replaces the earlier one" if pair.superseded else ""
        return f"<li>{escape(pair.about)} {self._chips((pair.one, pair.other))}{outcome}</li>"

    def _evidence(self, evidence: ClaimEvidence) -> str:
        reason = f'<p class="reason">{escape(evidence.reason)}</p>' if evidence.reason else ""
        late = self._superseded(evidence) if evidence.superseded else ""
        kind = ' class="superseded"' if evidence.superseded else ""
        quote = self._quote(evidence.citation, reason)
        return f"<li{kind}>{quote}{late}{self._copies(evidence.copies)}</li>"

    def _quote(self, citation: Citation, reason: str = "") -> str:
        source = self._article(citation.article_id)
        return (
            f"<blockquote>{escape(' '.join(citation.quote.split()))} {self._chips([citation])}</blockquote>"
            f"{reason}{said_html(citation)}"
            f'<p class="from"><cite>{escape(citation.title)}</cite> · {escape(byline(source))}</p>'
        )

    def _superseded(self, evidence: ClaimEvidence) -> str:
        later = [
            pair.other
            for pair in self._check.disagreements
            if pair.superseded and pair.one.number == evidence.citation.number
        ]
        return (
            f'<p class="note">Superseded by a later article{" " if later else ""}{self._chips(later)}, '
            "so it doesn&#39;t count for the verdict&#46;</p>"
        )

    def _copies(self, copies: Iterable[str]) -> str:
        named = ", ".join(dict.fromkeys(_named(self._article(copy)) for copy in copies))
        return f'<p class="note">The same text is also in {escape(named)}&#46;</p>' if named else ""

    def _chips(self, citations: Iterable[Citation]) -> str:
        return chips_html(self._turn, citations)


def _badge(judged: ClaimCheck | ClaimPart) -> str:
    return f'<strong class="badge {judged.verdict.value}">{BADGES[judged.verdict]}</strong>'


def _sure(judged: ClaimCheck | ClaimPart) -> str:
    level = f"{confidence_level(judged.confidence)} ({judged.confidence:.2f})"
    return escape(f"Confidence that this is what the articles say: {level}.")


def _named(article: Article) -> str:
    return article.source or article.title or article.id
