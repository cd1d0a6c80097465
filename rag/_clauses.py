"""Clauses of a claim: their verb, and their subject.

What can't be read for sure has no verb or no subject; callers leave it as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from rag._clause_words import Kind, Token, Words, quantity_end
from rag._finite_verbs import DAYS, VerbGroup, begins_noun_phrase, only_verb, read_group, read_verbs


class Clause:
    """What stands from `begin` to the end of a run of words, read as one clause."""

    def __init__(
        self, words: Words, begin: int = 0, end: int | None = None, *, has_verb: bool = False
    ) -> None:
        self.words = words
        self.begin = begin
        self.end = len(words) if end is None else end
        self._has_verb = has_verb

    @cached_property
    def _verbs(self) -> tuple[list[int], list[int], bool]:
        heads, embedded, waiting = read_verbs(self.words, self.begin, self.end)
        if self._has_verb and not heads and not embedded:
            heads = only_verb(self.words, self.begin, self.end)
        return heads, embedded, waiting

    @property
    def heads(self) -> list[int]:
        """The places of the finite verbs that belong to no subordinate clause."""
        return self._verbs[0]

    @property
    def embedded(self) -> list[int]:
        """The places of the finite verbs of subordinate clauses."""
        return self._verbs[1]

    @property
    def is_waiting(self) -> bool:
        """Whether what follows may belong to its end: "left before the city" (and the state agreed)."""
        return self._verbs[2]

    @property
    def is_one(self) -> bool:
        """Whether it has exactly one finite verb of its own, so that it reads as one clause."""
        return len(self.heads) == 1

    @cached_property
    def group(self) -> VerbGroup:
        """The verb of the clause; only for a clause that has one."""
        return read_group(self.words, self.heads[0], self.end)

    @property
    def is_open(self) -> bool:
        """Whether it ends in a subordinate clause, to which what follows might belong."""
        return bool(self.embedded) and self.embedded[-1] > self.heads[-1]

    @cached_property
    def opening(self) -> int:
        """Where the subject begins: after "In 2020," or "When the war began,"."""
        words, head = self.words, self.heads[0]
        first = words.kinds[self.begin]
        if first in (Kind.PREPOSITION, Kind.SUBORDINATOR, Kind.ADVERB, Kind.VERB):
            for place in range(self.begin + 1, head - 1):
                if words.lower[place] == ",":
                    return place + 1
        if quantity_end(words, self.begin) > self.begin:
            return self.begin
        if first is Kind.PREPOSITION and (dated := self._date_end()) < head:
            return dated
        return self.begin + 1 if first is Kind.ADVERB and head > self.begin + 1 else self.begin

    def _date_end(self) -> int:
        place = self.begin + 1
        while place < self.end and (self.words.lower[place] in DAYS or _is_year(self.words.lower[place])):
            place += 1
        return place if place > self.begin + 1 else self.begin

    @cached_property
    def subject(self) -> tuple[Token, ...]:
        """The words of the subject, without an apposition between commas; none where it isn't clear."""
        words, first, last = self.words, self.opening, self.heads[0]
        while last > first and words.kinds[last - 1] in (Kind.ADVERB, Kind.NEGATION):
            last -= 1
        if first >= last or not self._begins_noun_phrase(first):
            return ()
        commas = [place for place in range(first, last) if words.lower[place] in (",", "–", "—", "-")]
        if not commas:
            return words.tokens[first:last] if words.lower[first] != "there" else ()
        return words.tokens[first : commas[0]] if len(commas) == 2 and commas[1] == last - 1 else ()

    def _begins_noun_phrase(self, first: int) -> bool:
        words = self.words
        if words.kinds[first] is Kind.AUXILIARY:
            return first == 0 and words.tokens[first].name  # "Will Smith"
        return words.kinds[first] is Kind.NEGATION or begins_noun_phrase(words, first)


def segments(words: Words, begin: int) -> Iterator[int]:
    """The ends of the first stretches from `begin`: up to each joint, and up to the end."""
    yield from (
        p for p in range(begin + 1, len(words)) if words.kinds[p] is Kind.JOINT or words.lower[p] == ";"
    )
    yield len(words)


def _is_year(lower: str) -> bool:
    return lower.isdigit() and len(lower) in (1, 2, 4)
