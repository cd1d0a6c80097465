"""The phrases that every output shares: how sure, which verdict, where from, and safe for a terminal."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Callable

from rag.claim_review import VERDICT_WORDS
from rag.schema import Article, ClaimCheck, ClaimEvidence, ClaimPart, Disagreement

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


def describe_verdict(check: ClaimCheck | ClaimPart) -> str:
    """The verdict on a claim or on a part of it, and how sure it is, as one sentence."""
    level = confidence_level(check.confidence)
    return f"{VERDICT_WORDS[check.verdict]}, confidence {level} ({check.confidence:.2f})."


def describe_origin(source: str, author: str, published: datetime.date | None) -> str:
    """Where an article comes from, on one line: outlet, author, day."""
    day = published.isoformat() if published else "no date"
    return one_line(", ".join(part for part in (source or "unknown source", author, day) if part))


def describe_disagreement(pair: Disagreement) -> str:
    """What two articles say differently, with the numbers of their citations, as one sentence."""
    outcome = "; the later article replaces the earlier one" if pair.superseded else ""
    return one_line(
        f"The articles disagree: {pair.about} ([{pair.one.number}] and [{pair.other.number}]){outcome}."
    )


def evidence_notes(evidence: ClaimEvidence, article: Callable[[str], Article]) -> list[str]:
    """What there is to know of a piece of evidence: why, whether it still holds, where else it stands."""
    notes = [evidence.reason] if evidence.reason else []
    if evidence.superseded:
        notes.append("Superseded: a later article says otherwise.")
    if evidence.copies:
        outlets = dict.fromkeys(_outlet(article(copy)) for copy in evidence.copies)
        notes.append(f"The same text is also in {', '.join(outlets)}.")
    return [one_line(note) for note in notes]


def _outlet(article: Article) -> str:
    return article.source or article.title or article.id


def one_line(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


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
