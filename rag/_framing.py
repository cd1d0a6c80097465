"""Who is said to have said a claim, before it ("Police said that") or behind it (", police said")."""

from __future__ import annotations

from rag._clause_words import NEGATIVE, Kind, Words
from rag._clauses import Clause
from rag._finite_verbs import BARE, DAYS, SPEECH, VerbGroup, begins_noun_phrase, read_group
from rag._verb_forms import lemma_of

# What is denied or doubted as a whole is not denied part by part.
_DENYING = frozenset("deny doubt dispute reject refuse fear hope wish wonder ask dismiss expect".split())


def frame_end(words: Words) -> int | None:
    """Where what is said begins in "Police said that ..."; 0 without a speaker, None if it can't be parted.

    It can't where what is said is denied, or where it isn't clear what is.
    """
    if (fronted := _fronted_speaker(words)) is not None:
        return fronted
    clause = Clause(words)
    if not clause.heads:
        return 0
    group = read_group(words, clause.heads[0], len(words))
    if group.main is None:
        return _that_after(words, group)
    lemma = lemma_of(words.lower[group.main])
    place = _that_place(words, group, lemma)
    if place is None:
        return 0
    denied = group.negated or lemma in _DENYING or bool(NEGATIVE & set(words.lower[: group.head]))
    return None if denied or not Clause(words, place).heads else place


def _that_after(words: Words, group: VerbGroup) -> int | None:
    """None for "It is true that ...": what is said can't be parted; 0 for any other."""
    near = words.lower[group.end : group.end + 4]
    return None if words.lower[:1] == ("it",) and "that" in near else 0


def _that_place(words: Words, group: VerbGroup, lemma: str) -> int | None:
    after = words.lower[group.end : group.end + 8]
    if after[:1] == ("that",):
        return group.end + 1
    if (
        lemma in SPEECH
        and "that" in after
        and not {",", "and", ";", "who"} & set(after[: after.index("that")])
    ):
        first = words.kinds[group.end]
        if first is Kind.PREPOSITION or lemma in ("tell", "warn"):
            return group.end + after.index("that") + 1
    if lemma in BARE | _DENYING and group.end < len(words) and begins_noun_phrase(words, group.end):
        stop = next(
            (
                p
                for p in range(group.end, len(words))
                if words.kinds[p] is Kind.JOINT or words.lower[p] == ","
            ),
            len(words),
        )
        if Clause(words, group.end, stop).heads:
            return group.end
    return None


def _fronted_speaker(words: Words) -> int | None:
    """Where what is said begins after "According to X," or "X:"."""
    comma = next((place for place in range(2, len(words)) if words.lower[place] == ","), None)
    if words.lower[:2] == ("according", "to") and comma is not None:
        return comma + 1
    for place in range(1, min(7, len(words) - 2)):
        if words.lower[place] == ":":
            return place + 1
    return None


def speaker_behind(words: Words) -> int | None:
    """Where ", police said" begins at the end of a claim: the place of its comma; None without one."""
    place = max(
        (p for p in range(len(words)) if words.lower[p] == "," and not words.tokens[p].hidden), default=0
    )
    tail = words.lower[place + 1 :]
    if place < 2 or not 2 <= len(tail) <= 12:
        return None
    if tail[:2] == ("according", "to"):
        return place
    if lemma_of(tail[0]) == "say":  # ", said the mayor"
        return place if words.kinds[place + 2] is not Kind.MARK else None
    clause = Clause(words, place + 1)
    if not clause.is_one or Kind.JOINT in words.kinds[place + 1 :]:
        return None
    head = clause.heads[0]
    after = [kind for kind in words.kinds[head + 1 :] if kind is not Kind.MARK]
    near = not after or after[0] in (Kind.PREPOSITION, Kind.ADVERB) or bool(DAYS & set(tail[-2:]))
    return place if near and lemma_of(words.lower[head]) in SPEECH else None
