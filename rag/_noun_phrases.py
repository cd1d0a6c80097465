"""The noun phrases of a question, each with what is attached to it: "the fire in Sallow"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag._clause_words import POSSESSIVES, Kind, Token, Words
from rag._dates import read_moments
from rag._phrase_kinds import TIMES, Being, being_of, gender_of_phrase, is_name, is_plural
from rag._verb_forms import AUXILIARIES, Form, form_of, is_noun_too

ASKING = frozenset("who whom whose what which when where why how".split())
PLACING = frozenset("since until before after than as".split())
_AMOUNTS = frozenset("many much more other else long old far often soon big high late early".split())
_NO_PHRASE = frozenset("else ago not n't so too either instead together to please".split())
_NO_MODIFIER = POSSESSIVES | frozenset("a an the this these those each every some any no whose".split())


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrase:
    """A noun phrase: tokens `start` to `end`, to `whole` with what is attached to it ("of Velden")."""

    start: int
    end: int
    whole: int
    text: str
    being: Being
    plural: bool
    gender: str
    named: bool
    preposition: str = ""
    nested: bool = False  # attached to another phrase
    subject: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """Where the parts of a question stand, which no noun phrase crosses; see `Asked`."""

    stop: int
    asking: int
    predicate: int
    verb: int | None
    subject: tuple[int, int] | None  # from the auxiliary to the predicate

    @property
    def walls(self) -> set[int]:
        """The places where a phrase ends at the latest."""
        return {self.asking, self.predicate, *(() if self.verb is None else (self.verb, self.verb + 1))}


def noun_phrases(text: str, words: Words, frame: Frame) -> list[Phrase]:
    """The noun phrases of a question in order, those of what it asks with among them."""
    asking, subject = frame.asking, frame.subject
    spans = [(_uncounted(words, start, end, asking), end) for start, end in _spans(words, frame)]
    spans = [(start, end) for start, end in spans if start < end]
    moments = [(moment.start, moment.end) for moment in read_moments(text)]
    found = [_phrase(text, words, start, end, moments) for start, end in spans]
    first = next((n for n, p in enumerate(found) if subject and subject[0] <= p.start < subject[1]), None)
    for place in reversed(range(len(found))):
        after = found[place + 1] if place + 1 < len(found) else None
        if place == first and subject:
            found[place] = replace(found[place], subject=True, whole=subject[1])
            inner = [n for n in range(place + 1, len(found)) if found[n].start < subject[1]]
            found[place + 1 : place + 1 + len(inner)] = [replace(found[n], nested=True) for n in inner]
        elif after is not None and _attaches(found[place], after, words, asking):
            found[place] = replace(found[place], whole=after.whole)
            found[place + 1] = replace(after, nested=True)
    return found


def _uncounted(words: Words, start: int, end: int, asking: int) -> int:
    """Where the noun of "how many trams" begins."""
    while start < min(end, asking) and words.lower[start] in _AMOUNTS:
        start += 1
    return start


def _attaches(phrase: Phrase, after: Phrase, words: Words, asking: int) -> bool:
    """Whether the next phrase belongs to this one: "the fire in Sallow", not "the mine in 2018"."""
    if after.start != phrase.end + 1 or not after.preposition or phrase.start < asking <= after.start:
        return False
    if Being.TIME in (phrase.being, after.being):
        return False
    opened = words.kinds[phrase.start] is Kind.DETERMINER and not words.is_name(phrase.end - 1)
    addressed = phrase.being in (Being.PERSON, Being.PEOPLE, Being.BODY) and after.preposition == "about"
    return after.preposition == "of" or (opened and not addressed)


def _spans(words: Words, frame: Frame) -> Iterator[tuple[int, int]]:
    place, walls = 0, frame.walls
    while place < frame.stop:
        end = place
        while end < frame.stop and (end == place or end not in walls) and _belongs(words, place, end, frame):
            end += 1
        if end > place and any(words.kinds[n] is not Kind.DETERMINER for n in range(place, end)):
            yield place, end
        place = max(end, place + 1)


def _belongs(words: Words, start: int, place: int, frame: Frame) -> bool:
    """Whether a word continues the noun phrase that began at `start`."""
    kind, lower, token = words.kinds[place], words.lower[place], words.tokens[place]
    if place == frame.verb or token.hidden or lower in _NO_PHRASE or lower in ASKING or is_time_adverb(lower):
        return False
    if place > start and _opens_time(words, place):
        return False
    if kind is Kind.DETERMINER:
        possessive = lower.endswith(("'s", "s'"))
        return place == start or possessive or lower not in _NO_MODIFIER
    if kind in (Kind.NUMBER, Kind.OTHER):
        return True
    if lower == "'s" and place > start:
        return True
    if kind is not Kind.VERB:
        return False
    inside = place > start
    if place == start + 1 and lower not in AUXILIARIES and words.lower[start] in ("the", "a", "an"):
        return True
    following = place + 1 < frame.stop and words.kinds[place + 1] in (Kind.OTHER, Kind.VERB)
    form = form_of(lower)
    if is_noun_too(lower):
        return inside or not form & Form.PAST
    return (inside or bool(form & Form.GERUND)) and following and bool(form & (Form.PARTICIPLE | Form.GERUND))


def _opens_time(words: Words, place: int) -> bool:
    """Whether "last winter" begins here, which belongs to no phrase before it."""
    return (
        words.lower[place] in ("last", "next")
        and words.lower[place + 1 : place + 2] != ()
        and (words.lower[place + 1] in TIMES)
    )


def is_time_adverb(lower: str) -> bool:
    """Whether a word says when by itself: "yesterday"."""
    return lower in ("yesterday", "today", "tomorrow", "tonight")


def _phrase(text: str, words: Words, start: int, end: int, moments: Sequence[tuple[int, int]]) -> Phrase:
    tokens: Sequence[Token] = words.tokens[start:end]
    first, last = tokens[0].start or 0, tokens[-1].end or 0
    before = words.lower[start - 1] if start and words.kinds[start - 1] is Kind.PREPOSITION else ""
    before = before or (words.lower[start - 1] if start and words.lower[start - 1] in PLACING else "")
    timed = any(begin < last and first < until for begin, until in moments) and len(tokens) < 5
    timed = timed or bool({tokens[-1].lower, tokens[-1].lower.removesuffix("s")} & TIMES)
    being = Being.TIME if timed else being_of(tokens, before)
    return Phrase(
        start=start,
        end=end,
        whole=end,
        text=text[first:last],
        being=being,
        plural=is_plural(tokens[-1].lower) and not (tokens[-1].name and being is not Being.PEOPLE),
        gender=gender_of_phrase(tokens),
        named=any(is_name(token) for token in tokens),
        preposition=before,
    )
