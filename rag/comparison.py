"""A claim beside one sentence of an article: which figures, dates, names and senses differ, in words.

Everything here follows from rules that can be read: no model, no threshold learnt. What a rule can't decide
it leaves open (`contradicts=False`).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from rag import _dates, _quantities
from rag._dates import Moment, read_moments
from rag._figures import read_quantities
from rag._measures import Dimension
from rag._names import Name, Namings, is_named, namings, read_names, renumbered, without_names
from rag._polarity import turns
from rag._quantities import Quantity
from rag._wording import Agreement, Word, fold, masked, overlap, read_words
from rag.background import word_stem

_ABOUT_THE_SAME = 0.6
"""The share of a claim's content (by IDF) that a sentence must hold to speak of the same thing."""
_SURELY_THE_SAME = 0.8
_CENTURY = word_stem("century")


class DifferenceKind(StrEnum):
    """In what a claim and a sentence differ."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"
    ANTONYM = "antonym"
    MODALITY = "modality"
    QUANTIFIER = "quantifier"


FIGURES = frozenset({DifferenceKind.NUMBER, DifferenceKind.DATE})
"""The kinds that are of figures."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One thing in which a sentence differs from a claim.

    `claimed` is as the claim has it; `found` as the article has it, "" if it has nothing comparable.
    `contradicts` is true where both can't be true of the same thing; false where the claim merely isn't
    confirmed. `reason` is one or two sentences for a reader.
    """

    kind: DifferenceKind
    claimed: str
    found: str
    contradicts: bool
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """All differences, those that contradict first; `agreed` counts the confirmed figures, dates, names."""

    differences: tuple[Difference, ...]
    agreed: int


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the rules read in one text; `told` are the words that belong to no name."""

    words: tuple[Word, ...]
    told: tuple[Word, ...]
    stems: frozenset[str]
    moments: tuple[Moment, ...]
    names: tuple[Name, ...]
    namings: Namings
    quantities: tuple[Quantity, ...]


@lru_cache(maxsize=4096)
def _read(text: str) -> _Reading:
    moments = read_moments(text)
    undated = masked(text, [(moment.start, moment.end) for moment in moments])
    names = read_names(undated)
    quantities = read_quantities(without_names(undated, names))
    figures = [(quantity.start, quantity.end) for quantity in quantities]
    # "Celsius" and "Canadian dollars" are units.
    names = tuple(
        name for name in names if not any(name.start < end and start < name.end for start, end in figures)
    )
    words = read_words(masked(undated, figures))
    return _Reading(
        words=words,
        told=tuple(w for w in words if not any(name.start <= w.start < name.end for name in names)),
        stems=frozenset(word.stem for word in words),
        moments=moments,
        names=names,
        namings=namings(undated),
        quantities=quantities,
    )


def compare(
    claim: str, sentence: str, *, context: str = "", published: datetime.date | None = None
) -> Comparison:
    """Compare a claim, or one part of it, with one sentence of an article.

    `context` is the article's title and what stands before the sentence: names and years may be confirmed
    there, figures only if the sentence has none to compare. `published` is the article's day, from which
    dates without a year and days of the week are read. Never raises, whatever the texts.
    """
    pair = _Pair(claim, sentence, context, published)
    found = [*pair.numbers(), *pair.dates(), *pair.names(), *pair.turns()]
    differences = [difference for difference in found if difference is not None]
    differences = _of_one_event(differences)
    return Comparison(
        differences=tuple(sorted(differences, key=lambda difference: not difference.contradicts)),
        agreed=len(found) - len(differences),
    )


def _of_one_event(differences: list[Difference]) -> list[Difference]:
    """The same, but where two figures or dates differ none contradicts: that tells of something else."""
    kinds = (DifferenceKind.NUMBER, DifferenceKind.DATE)
    rivals = {(one.kind, one.claimed) for one in differences if one.kind in kinds and one.found}
    if len(rivals) < 2:
        return differences
    return [replace(one, contradicts=one.contradicts and one.kind not in kinds) for one in differences]


class _Pair:
    """A claim and a sentence, read; each method yields a difference, or None for what is confirmed."""

    def __init__(self, claim: str, sentence: str, context: str, published: datetime.date | None) -> None:
        self.texts = claim, sentence
        self.claim, self.sentence, self.context = _read(claim), _read(sentence), _read(context)
        self.published = published
        self.stems = self.sentence.stems | {word.stem for word in self.context.words if word.capital}

    def about_the_same(self, left_out: frozenset[str] = frozenset(), *, rivals: int = 1) -> bool:
        """Whether enough of the rest of the claim stands in the sentence, or is named around it.

        Where several figures or dates there could be the one that the claim means, more must.
        """
        least = _ABOUT_THE_SAME if rivals == 1 else _SURELY_THE_SAME
        if overlap(self.claim.words, self.stems, left_out) < least:
            return False
        # Sentences on the same person share the name, and may tell of something else.
        told = self.claim.told
        return not overlap(told, None, left_out) or overlap(told, self.sentence.stems, left_out) >= least

    def numbers(self) -> Iterator[Difference | None]:
        """The claim's figures."""
        for quantity in self.claim.quantities:
            yield self._number(quantity)

    def _number(self, claimed: Quantity) -> Difference | None:
        rivals = self._rivals(claimed)
        verdicts = [_quantities.agreement(claimed, other) for other in rivals]
        if Agreement.ENTAILED in verdicts:
            return None
        around = [other for other in self.context.quantities if _quantities.comparable(claimed, other)]
        elsewhere = any(_quantities.agreement(claimed, other) is Agreement.ENTAILED for other in around)
        if elsewhere and not rivals and claimed.noun:
            return None
        if not rivals:
            reason = f"The claim says {claimed.text}; the sentence gives no such figure."
            return _difference(DifferenceKind.NUMBER, claimed.text, "", False, reason)
        contradicts = (
            set(verdicts) == {Agreement.CONTRARY}
            and not elsewhere
            and self._same_measured(claimed, rivals)
            and not self._other_time()
            and self.about_the_same(rivals=len(rivals))
        )
        found = rivals[0]
        reason = f"The article says {found.hedged}; the claim says {claimed.hedged}."
        return _difference(DifferenceKind.NUMBER, claimed.text, found.text, contradicts, reason)

    def _rivals(self, claimed: Quantity) -> list[Quantity]:
        """The sentence's figures that could be the claimed one: not those that another of the claim is."""
        others = [other for other in self.claim.quantities if other is not claimed]
        comparable = [other for other in self.sentence.quantities if _quantities.comparable(claimed, other)]
        return [
            found
            for found in comparable
            if _quantities.agreement(claimed, found) is Agreement.ENTAILED
            or not any(
                _quantities.comparable(other, found)
                and _quantities.agreement(other, found) is Agreement.ENTAILED
                for other in others
            )
        ]

    def _same_measured(self, claimed: Quantity, rivals: Sequence[Quantity]) -> bool:
        """Whether the figures surely measure one thing: the same counted, or the only ones of their kind."""
        if claimed.dimension is Dimension.ORDINAL:
            return claimed.noun != _CENTURY
        if claimed.dimension is Dimension.COUNT:
            # "24 half-hour episodes and two long ones" are 26 episodes.
            parts = len(rivals) > 1 and any(other.modifiers - claimed.modifiers for other in rivals)
            return not parts and all(
                claimed.noun
                and claimed.noun == other.noun
                and (not claimed.modifiers or not other.modifiers or claimed.modifiers & other.modifiers)
                for other in rivals
            )
        own = [other for other in self.claim.quantities if _quantities.comparable(claimed, other)]
        return len(rivals) == len(own) == 1

    def _other_time(self) -> bool:
        """Whether claim and sentence each give a date, and not the same, so that both figures may hold."""
        if any(moment.relation in ("before", "until") for moment in self.sentence.moments):
            return True
        dated = [moment for moment in self.claim.moments if moment.is_date]
        differ = any(self._date(moment) is not None for moment in dated)
        return differ and any(moment.is_date for moment in self.sentence.moments)

    def dates(self) -> Iterator[Difference | None]:
        """The claim's dates and times of day."""
        seen: set[str] = set()
        for moment in self.claim.moments:
            if moment.text not in seen:
                seen.add(moment.text)
                yield self._date(moment)

    def _date(self, claimed: Moment) -> Difference | None:
        years = {moment.year for moment in self.context.moments if moment.year is not None}
        years |= {moment.year for moment in self.sentence.moments if moment.year is not None}

        def verdict(other: Moment, claimed: Moment = claimed) -> Agreement | None:
            return _dates.agreement(claimed, other, years=frozenset(years), published=self.published)

        def is_another(found: Moment) -> bool:
            others = (other for other in self.claim.moments if other.text != claimed.text)
            return any(verdict(found, other) is Agreement.ENTAILED for other in others)

        rivals = [(other, verdict(other)) for other in _of_event(claimed, self.sentence.moments)]
        rivals = [
            (other, agreed)
            for other, agreed in rivals
            if agreed is Agreement.ENTAILED or (agreed is not None and not is_another(other))
        ]
        if any(agreed is Agreement.ENTAILED for _, agreed in rivals):
            return None
        around = any(verdict(other) is Agreement.ENTAILED for other in self.context.moments)
        if around and not rivals:
            return None
        if not rivals:
            kind = "date" if claimed.minute is None else "time"
            reason = f"The claim says {claimed.related}; the sentence gives no such {kind}."
            return _difference(DifferenceKind.DATE, claimed.text, "", False, reason)
        contradicts = (
            all(agreed is Agreement.CONTRARY for _, agreed in rivals)
            and all(fold(word_stem(other.noun)) == fold(word_stem(claimed.noun)) for other, _ in rivals)
            and all(self._is_named(name) for name in self.claim.names)
            and not around
            and self.about_the_same(rivals=len(rivals))
        )
        found = rivals[0][0]
        reason = f"The article says {found.related}; the claim says {claimed.related}."
        return _difference(DifferenceKind.DATE, claimed.text, found.text, contradicts, reason)

    def _is_named(self, name: Name) -> bool:
        return is_named(name, self.sentence.namings) or is_named(name, self.context.namings)

    def names(self) -> Iterator[Difference | None]:
        """The claim's names."""
        for name in self.claim.names:
            if self._is_named(name):
                yield None
                continue
            other = renumbered(name, self.sentence.namings)
            if other is not None:
                reason = f"The article says {other.text}; the claim says {name.text}."
                contradicts = self.about_the_same(frozenset(name.keys))
                yield _difference(DifferenceKind.NAME, name.text, other.text, contradicts, reason)
            else:
                reason = f"The claim names {name.text}; the sentence doesn't."
                yield _difference(DifferenceKind.NAME, name.text, "", False, reason)

    def turns(self) -> Iterator[Difference]:
        """What turns the claim's meaning around."""
        for turn in turns(*self.texts):
            contradicts = turn.definite and self.about_the_same(turn.stems)
            found = f'says "{turn.found}"' if turn.found else "doesn't say so"
            reason = f'The article {found}; the claim says "{turn.claimed}".'
            yield _difference(DifferenceKind(turn.kind), turn.claimed, turn.found, contradicts, reason)


def _of_event(claimed: Moment, moments: Sequence[Moment]) -> list[Moment]:
    """The dates of the same event, where the text says that one is of a birth or a death."""
    same = [moment for moment in moments if moment.event == claimed.event]
    return same or [moment for moment in moments if not moment.event or not claimed.event]


def _difference(kind: DifferenceKind, claimed: str, found: str, contradicts: bool, reason: str) -> Difference:
    return Difference(kind=kind, claimed=claimed, found=found, contradicts=contradicts, reason=reason)
