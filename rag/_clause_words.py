"""The words of a claim with their places, and what kind of word each is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import cached_property

from rag._verb_forms import AUXILIARIES, form_of


class Kind(Enum):
    """What a word can be; `VERB` is what can be a form of a verb, `OTHER` mostly a noun or adjective."""

    AUXILIARY = auto()
    VERB = auto()
    DETERMINER = auto()
    NUMBER = auto()
    PRONOUN = auto()
    PREPOSITION = auto()
    SUBORDINATOR = auto()
    JOINT = auto()
    NEGATION = auto()
    ADVERB = auto()
    MARK = auto()
    OTHER = auto()


_POSSESSIVES = "his her its their our my your".split()
POSSESSIVES = frozenset(_POSSESSIVES)
_DETERMINERS = frozenset(
    """a an the this these those each every some any no neither another all both several many most more
    less fewer few other such same whose""".split()
) | frozenset(_POSSESSIVES)
_PRONOUNS = frozenset("he she they it we you i there who himself herself".split())
_NUMBERS = frozenset(
    """two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred
    thousand million billion dozen dozens hundreds thousands millions billions half one zero""".split()
)
_PREPOSITIONS = frozenset(
    """of for at with from in on to by near under over across between among amid inside outside behind
    against into about around during within without through throughout along opposite including
    despite per via upon onto off out up down toward towards beyond above below beside besides
    like unlike following worth versus plus alongside ahead due""".split()
)
# Before these a finite verb belongs to their clause; the weak ones are prepositions as well.
STRONG = frozenset(
    """who which that whom whose where when because if unless whether why how what although though while
    whilst whereas once so lest wherever whenever whatever whoever provided""".split()
)
WEAK = frozenset("after before since as until till than".split())
JOINTS = frozenset("and or but nor yet &".split())
_NEGATIONS = frozenset("not never without hardly barely rarely seldom".split())
# What these stand in may hold for nothing or for little of what follows.
NEGATIVE = _NEGATIONS | frozenset("no none nobody nothing neither nor few fewer only".split())
_ADVERBS = frozenset(
    """also then later now still already even just only again soon always often once twice together
    finally eventually initially subsequently thus therefore instead meanwhile however too back
    away home abroad ever almost nearly first earlier ago yesterday today tomorrow tonight
    overnight yet longer further well far immediately allegedly reportedly moreover furthermore
    additionally similarly likewise""".split()
)
_NO_ADVERB = frozenset(
    "family supply reply ally italy july fly apply assembly anomaly early daily weekly".split()
)
_TIMES = frozenset(
    "day night morning evening afternoon week month year time summer winter moment point".split()
)
# Quotations and brackets, in which nothing is looked for; an apostrophe inside a word is no quotation mark.
_HIDDEN = re.compile(
    r"“[^”]*”|«[^»]*»|\"[^\"]*\"|\([^()]*\)|\[[^\[\]]*\]|(?<!\w)‘.+?’(?!\w)|(?<!\w)'(?!\d\ds?\b).+?'(?!\w)"
)
_CONTRACTED = frozenset("'s 've 're 'll 'd 'm".split())
_CONTRACTION = re.compile(
    r"(it|he|she|there|that|who|what|they|we|you|i)(['’](?:s|ve|re|ll|d|m))", re.IGNORECASE
)
_TOKEN = re.compile(
    r"\d+(?:[.,:/]\d+)*[%\w-]*|[$£€]\s?\d[\d.,]*\w*|(?:[A-Za-z]\.){2,}|[^\W_]+(?:[-'’.&/‑–][^\W_]+)*['’]?|[^\s]"
)
_OPENERS, _CLOSERS = ("“", "‘", '"', "«", "'"), ("”", "’", '"', "»", "'")
_LOOSE = (",", ";", "–", "—", "-", ":")
_LOWERED = _DETERMINERS | _PRONOUNS - {"i"} | _NUMBERS | _PREPOSITIONS


@dataclass(frozen=True, slots=True)
class Token:
    """A word or mark; `start` is its place in the claim, None for a word that is said again."""

    text: str
    start: int | None
    end: int | None
    spaced: bool = True  # whether there is a space before it
    hidden: bool = False  # inside a quotation or brackets: nothing is looked for there
    opens: bool = False  # the first word of the claim, whose capital says nothing
    name: bool = False  # written with a capital, in a claim that isn't all in capitals

    @property
    def lower(self) -> str:
        return self.text.lower().replace("’", "'")


def read_tokens(claim: str) -> list[Token]:
    """The words and marks of a claim in order; any string is accepted."""
    hidden = [match.span() for match in _HIDDEN.finditer(claim)]
    shouted = claim == claim.upper()
    found: list[Token] = []
    for match in _TOKEN.finditer(claim):
        for start, end in _contraction(match):
            found.append(
                Token(
                    text=claim[start:end],
                    start=start,
                    end=end,
                    spaced=not found or start > (found[-1].end or 0),
                    hidden=any(first <= start < last for first, last in hidden),
                    opens=not found,
                    name=claim[start].isupper() and not shouted,
                )
            )
    return found


def _contraction(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Where a word stands; of "it's" and "they've" both of their words."""
    start, end = match.span()
    if (short := _CONTRACTION.fullmatch(match[0])) is not None:
        yield start, start + short.end(1)
        yield start + short.end(1), end
    else:
        yield start, end


def again(tokens: Sequence[Token]) -> list[Token]:
    """The same words without their places: what is said again in another part."""
    return [replace(token, start=None, end=None) for token in tokens]


def word(text: str) -> Token:
    """A word that the claim doesn't have at that place."""
    return Token(text, None, None)


_MORE = frozenset(
    "about around nearly almost at least most more than over up to some another further a roughly".split()
)


def as_sentence(tokens: Sequence[Token]) -> str:
    """The words of a part as a sentence: with a capital, a full stop, and no comma at either end."""
    shown = _trimmed(list(tokens))
    text = ""
    for token in shown:
        lowered = token.opens and text and token.lower in _LOWERED
        text += (" " if token.spaced and text else "") + (token.lower if lowered else token.text)
    return text[:1].upper() + text[1:] + ("" if text.endswith(("!", "?")) else ".")


def _trimmed(shown: list[Token]) -> list[Token]:
    """Without marks at either end, and without a quotation mark whose other half went to another part."""
    before = -1
    while before != len(shown):
        before = len(shown)
        if shown and shown[0].text in _LOOSE:
            shown = shown[1:]
        if shown and shown[-1].text in (*_LOOSE, "."):
            shown = shown[:-1]
        if shown and shown[-1].text in _CLOSERS and not any(t.text in _OPENERS for t in shown[:-1]):
            shown = shown[:-1]
        if shown and shown[0].text in _OPENERS and not any(t.text[-1] in _CLOSERS for t in shown[1:]):
            shown = shown[1:]
    return shown


class Words:
    """A run of tokens, and the kind of each."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tuple(tokens)

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def lower(self) -> tuple[str, ...]:
        """The words in lower case."""
        return tuple(token.lower for token in self.tokens)

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """The kind of each word, by itself: whether a verb is one here is for rag._clauses."""
        return tuple(self._kind(place) for place in range(len(self.tokens)))

    def is_name(self, place: int) -> bool:
        """Whether a word is written as a name; the first word of a claim always has a capital."""
        return self.tokens[place].name

    def _kind(self, place: int) -> Kind:
        token, lower = self.tokens[place], self.lower[place]
        if lower in _CONTRACTED:
            return Kind.AUXILIARY
        if not token.text[0].isalnum() and token.text[0] not in "$£€":
            return Kind.JOINT if lower == "&" else Kind.MARK
        if token.text[0].isdigit() or token.text[0] in "$£€":
            return Kind.NUMBER
        if set(lower.split("-")) <= _NUMBERS:
            return Kind.NUMBER
        if self.is_name(place) and not token.opens:
            return Kind.DETERMINER if lower.endswith("'s") else Kind.OTHER
        if lower == "because" and self.lower[place + 1 : place + 2] == ("of",):
            return Kind.PREPOSITION
        for kind, listed in _KINDS:
            if lower in listed:
                return kind
        if lower == "that":
            timed = self.lower[place + 1 : place + 2]
            return Kind.DETERMINER if timed and timed[0] in _TIMES else Kind.SUBORDINATOR
        if lower.endswith(("'s", "s'")):
            return Kind.DETERMINER
        if form_of(lower):
            return Kind.VERB
        if lower.endswith("ly") and len(lower) > 4 and lower not in _NO_ADVERB:
            return Kind.ADVERB
        return Kind.OTHER


_KINDS: tuple[tuple[Kind, frozenset[str]], ...] = (
    (Kind.AUXILIARY, AUXILIARIES),
    (Kind.JOINT, JOINTS),
    (Kind.NEGATION, _NEGATIONS),
    (Kind.SUBORDINATOR, STRONG | WEAK),
    (Kind.PRONOUN, _PRONOUNS - STRONG),
    (Kind.NUMBER, _NUMBERS),
    (Kind.DETERMINER, _DETERMINERS - STRONG),
    (Kind.PREPOSITION, _PREPOSITIONS),
    (Kind.ADVERB, _ADVERBS),
)


def quantity_end(words: Words, place: int) -> int:
    """Where a number that begins at `place` ends, with "about" or "at least" before it; `place` for none."""
    end, counted = place, False
    while end < len(words) and (
        words.kinds[end] is Kind.NUMBER or (not counted and words.lower[end] in _MORE)
    ):
        counted = counted or words.kinds[end] is Kind.NUMBER
        end += 1
    return end if counted else place
