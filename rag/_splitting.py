"""Parting a claim into the things that it says, one way after the other until nothing is left to part."""

from __future__ import annotations

from collections.abc import Sequence

from rag._additions import Part, part_effect, part_figures, part_relative
from rag._clause_words import POSSESSIVES, Kind, Token, Words, again
from rag._coordination import CONTRASTS, Coordination, Joint, part_coordination
from rag._framing import speaker_behind

_BINDING = frozenset("if unless whether either neither nor respectively provided lest jointly".split())
_BINDING_PHRASES = (
    "not only",
    "not just",
    "each other",
    "one another",
    "rather than",
    "it is true",
    "so that",
)


def parts_of(words: Words) -> list[Part]:
    """The parts of a claim, at least one, each of which has no further parts."""
    for way in (_part_contrast, part_relative, part_coordination, part_effect, part_figures):
        body, suffix = _without_speaker(words)
        if (parts := way(body)) is not None:
            said = [*([*part, *again(suffix)] for part in parts[:-1]), [*parts[-1], *suffix]]
            return [smaller for part in said for smaller in parts_of(Words(part))]
    return [[*words.tokens]]


def can_be_parted(words: Words) -> bool:
    """Whether nothing in a claim holds its parts together: a condition, an alternative, "not only"."""
    shown = [lower for lower, token in zip(words.lower, words.tokens, strict=True) if not token.hidden]
    text = " ".join(shown)
    return not (
        _BINDING & set(shown) or any(phrase in text for phrase in _BINDING_PHRASES) or ":" in shown[8:]
    )


def _without_speaker(words: Words) -> tuple[Words, Sequence[Token]]:
    place = speaker_behind(words)
    if place is None:
        return words, ()
    return Words(words.tokens[:place]), words.tokens[place:]


def _part_contrast(words: Words) -> list[Part] | None:
    """ "Although prices fell, wages rose": both of its clauses."""
    if words.lower[0] not in CONTRASTS:
        return None
    rest = Words(words.tokens[1:])
    comma = next(
        (p for p, lower in enumerate(rest.lower) if lower == "," and not rest.tokens[p].hidden), None
    )
    if comma is None or rest.kinds[0] is Kind.PRONOUN or rest.lower[0] in POSSESSIVES:
        return None
    said = Coordination(rest, 0, Joint(comma, comma + 1, "although", True)).own_clause()
    return None if said is None else [[*rest.tokens[:comma]], said]
