"""What turns a sentence's meaning around: negation, opposites, modality, and quantifiers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from rag._wording import Word, fold, read_words
from rag.background import word_stem

_NOT = frozenset("not never no none nobody nothing neither nor without cannot hardly scarcely".split())
_VERBS = frozenset(
    word_stem(word)
    for word in "failed fails failure refused refuses unable denied denies lacks lacked lacking".split()
)
_ADVERSE = frozenset(
    word_stem(word)
    for word in "declined rejected away avoided stopped unlike opposed turned prevented".split()
)
"""Words that turn a sense without a negation: with one of them in it, a sentence affirms nothing for sure."""
_CONDITIONS = frozenset("if unless would whether should".split())
_SAYS_NO = frozenset(word_stem(word) for word in "denied denies".split())
_NO_NEGATION = frozenset(
    "not only, not just, not merely, not simply, not necessarily, no doubt, no less, no fewer, no more, "
    "not least, nothing but, not until, no matter, not long, none other, no sooner, not all, not every".split(
        ", "
    )
)
_LIGHT = frozenset(
    "able ability longer real known so far full fully get have been yet even immediately actually".split()
)
_BREAKS = frozenset(
    """but although though because while whereas despite except unless if after before until first last only
    same second one well as enough anymore like""".split()
)
_AUXILIARIES = frozenset(
    "do does did has have had is are was were be been will would can could may might must should".split()
)
_REACH = 7  # words that a negation looks ahead

_WEAK = frozenset("may might could can would should".split())
_PLANNED = frozenset(
    """plans planned planning expected expects likely hopes hoped hoping intends intended considering proposed
    proposes wants seeks sought aims possible possibly reportedly allegedly alleged suspected""".split()
)
_ALL = frozenset("all every each entire whole entirely completely always fully everyone everybody".split())
_SOME = frozenset(
    """some half most many several few partly certain sometimes often usually partially mostly largely
    part""".split()
)
_ONLY = frozenset("only solely exclusively".split())

_OPPOSITES = """
    rise fall; increase decrease; increase decline; rise decline; grow shrink; rise drop; increase
    fall; rise decrease; increase reduce; increase drop; grow decline; grow fall; raise lower; raise
    cut; gain lose; win lose; victory defeat; succeed fail; success failure; successful
    unsuccessful; open close; begin end; start end; start finish; start stop; allow ban; allow
    forbid; allow prohibit; permit ban; allow deny; accept reject; approve reject; agree refuse;
    support oppose; include exclude; enter leave; arrive leave; arrive depart; buy sell; attack
    defend; create destroy; build demolish; live die; alive dead; birth death; guilty innocent;
    convict acquit; legal illegal; safe dangerous; possible impossible; true false; hot cold; warm
    cold; high low; higher lower; highest lowest; large small; larger smaller; largest smallest; big
    small; bigger smaller; biggest smallest; long short; longer shorter; longest shortest; old
    young; older younger; oldest youngest; oldest newest; best worst; better worse; rich poor;
    strong weak; stronger weaker; early late; earlier later; earliest latest; north south; northern
    southern; east west; eastern western; northwest southeast; northeast southwest; male female; man
    woman; boy girl; husband wife; father mother; brother sister; son daughter; king queen; actor
    actress; married unmarried; public private; positive negative; majority minority; maximum
    minimum; major minor; internal external; domestic foreign; import export; advance retreat;
    accelerate slow; improve worsen; strengthen weaken; expand contract; hire fire; appoint dismiss;
    lift impose; ease tighten; love hate; friend enemy; ally enemy; fiction nonfiction; fictional
    real; temporary permanent; voluntary compulsory; mandatory optional; before after; above below;
    over under; inside outside; first last; more less; more fewer; most least; up down; with
    without; day night; summer winter; morning evening; common rare; frequent rare; popular
    unpopular; professional amateur; acquire sell; release imprison; release arrest; free imprison;
    present absent; present past; urban rural; add remove; appear disappear; vote abstain; known
    unknown; hero villain; protagonist antagonist; comedy tragedy
"""
_NEIGHBOURS = frozenset(
    """before after above below over under inside outside up down with without more less fewer first
    last""".split()
)
"""Words whose opposite turns only what follows around: "before the war", "after the election"."""


@lru_cache(maxsize=1)
def _opposed() -> frozenset[tuple[str, str]]:
    pairs = [[fold(word_stem(word)) for word in pair.split()] for pair in _OPPOSITES.split(";")]
    return frozenset((one, other) for pair in pairs for one, other in (pair, pair[::-1]))


@lru_cache(maxsize=1)
def opposite_words() -> dict[str, str]:
    """An opposite of each word that has one, both in lower case and in the form of a dictionary."""
    found: dict[str, str] = {}
    for one, other in (pair.split() for pair in _OPPOSITES.split(";")):
        found.setdefault(one, other)
        found.setdefault(other, one)
    return found


@dataclass(frozen=True, slots=True)
class Turn:
    """One way in which a sentence turns a claim around; `stems` are those of the words that do it."""

    kind: Literal["negation", "antonym", "modality", "quantifier"]
    claimed: str
    found: str
    stems: frozenset[str]
    definite: bool


@dataclass(frozen=True, slots=True)
class _Negation:
    phrase: str
    definite: bool


@dataclass(frozen=True, slots=True)
class _Sense:
    """The words of a text by stem, which are negated, whether it denies nothing, and whether it has an if."""

    words: tuple[Word, ...]
    stems: frozenset[str]
    negated: dict[str, _Negation]
    affirmed: frozenset[str]
    positive: bool
    conditional: bool


@lru_cache(maxsize=4096)
def _sense(text: str) -> _Sense:
    words = read_words(text)
    negated: dict[str, _Negation] = {}
    places: set[int] = set()
    for index in range(len(words)):
        place = _negated(text, words, index) if _is_negation(words, index) else None
        if place is not None:
            first = words[index - 1] if index and words[index - 1].lower in _AUXILIARIES else words[index]
            phrase = text[first.start : words[place].end]
            negated.setdefault(words[place].stem, _Negation(phrase, words[index].stem not in _SAYS_NO))
            places.add(place)
    affirmed = {word.stem for place, word in enumerate(words) if place not in places and not word.function}
    stems = frozenset(word.stem for word in words)
    conditional = any(word.lower in _CONDITIONS or word.text == "Had" for word in words)
    against = any(
        word.lower == "against" and before.lower in _AUXILIARIES | {"voted"}
        for before, word in pairwise(words)
    )
    positive = (
        not stems & _ADVERSE
        and not against
        and not conditional
        and not any(_is_negation(words, index) for index in range(len(words)))
    )
    return _Sense(words, stems, negated, frozenset(affirmed), positive, conditional)


def _is_negation(words: Sequence[Word], index: int) -> bool:
    word = words[index]
    following = words[index + 1].lower if index + 1 < len(words) else ""
    if f"{word.lower} {following}" in _NO_NEGATION or (word.lower == "no" and following.isdigit()):
        return False
    return word.lower in _NOT or word.lower.endswith("n't") or word.stem in _VERBS


def _negated(text: str, words: Sequence[Word], index: int) -> int | None:
    """The place of what a negation is about, the next word with content, if that is sure."""
    for place in range(index + 1, min(index + 1 + _REACH, len(words))):
        word = words[place]
        gap = text[words[place - 1].end : word.start]
        if any(sign in gap for sign in '.,;:()–—"“”') or word.lower in _BREAKS:
            break
        if _is_negation(words, place):  # "did not fail to": what follows is affirmed
            return None
        if (
            word.lower in ("have", "need", "has")
            and place + 1 < len(words)
            and words[place + 1].lower == "to"
        ):
            return None  # what need not be may be
        if word.function or word.lower in _LIGHT or word.lower.endswith("ly"):
            continue
        return None if word.lower.endswith("'s") else place  # "without Mary's knowledge"
    return None


def turns(claim: str, sentence: str) -> Iterator[Turn]:
    """The ways in which a sentence turns a claim around, whatever else the two are about."""
    one, other = _sense(claim), _sense(sentence)
    yield from _negations(one, other)
    yield from _antonyms(one, other)
    yield from _modalities(one, other)
    yield from _quantifiers(one, other)


def _negations(claim: _Sense, sentence: _Sense) -> Iterator[Turn]:
    for stem, negation in claim.negated.items():
        if stem in sentence.affirmed and stem not in sentence.negated and stem not in claim.affirmed:
            definite = negation.definite and sentence.positive
            yield Turn("negation", negation.phrase, _as_written(sentence, stem), frozenset({stem}), definite)
    for stem, negation in sentence.negated.items():
        if stem in claim.affirmed and stem not in claim.negated and stem not in sentence.affirmed:
            definite = negation.definite and claim.positive and not sentence.conditional
            yield Turn("negation", _as_written(claim, stem), negation.phrase, frozenset({stem}), definite)


def _as_written(sense: _Sense, stem: str) -> str:
    return next(word.text for word in sense.words if word.stem == stem)


def _antonyms(claim: _Sense, sentence: _Sense) -> Iterator[Turn]:
    opposed = _opposed()
    for place, one in enumerate(claim.words):
        for other_place, other in enumerate(sentence.words):
            if (
                (one.stem, other.stem) not in opposed
                or one.stem in sentence.stems
                or other.stem in claim.stems
            ):
                continue
            if (one.stem in claim.negated) != (other.stem in sentence.negated):
                continue  # "did not fall" and "rose" agree
            if any(
                _is_edge(words, at) for words, at in ((claim.words, place), (sentence.words, other_place))
            ):
                continue
            near = {one.lower, other.lower} & _NEIGHBOURS
            if near and _following(claim.words, place) != _following(sentence.words, other_place):
                continue
            definite = bool(_around(claim.words, place) & _around(sentence.words, other_place))
            yield Turn("antonym", one.text, other.text, frozenset({one.stem}), definite)


def _is_edge(words: Sequence[Word], place: int) -> bool:
    """Whether a word only says when: "at the end of May", "since the start of the war"."""
    following = words[place + 1].lower if place + 1 < len(words) else ""
    return words[place].lower in ("start", "end", "beginning") and following == "of"


def _around(words: Sequence[Word], place: int) -> frozenset[str]:
    """The stems of what stands around a word: three words with content before it, and three after."""
    before = [word.stem for word in words[:place] if not word.function][-3:]
    after = [word.stem for word in words[place + 1 :] if not word.function][:3]
    return frozenset(before + after)


def _following(words: Sequence[Word], place: int) -> str:
    return next((word.stem for word in words[place + 1 :] if not word.function), "")


def _modalities(claim: _Sense, sentence: _Sense) -> Iterator[Turn]:
    hedged, sure = _hedged(sentence), _hedged(claim)
    for stem, phrase in hedged.items():
        if stem in claim.affirmed and stem not in sure and stem not in sentence.negated:
            yield Turn("modality", _as_written(claim, stem), phrase, frozenset({stem}), False)


def _hedged(sense: _Sense) -> dict[str, str]:
    """What only may be, or is planned, by stem: "may strike"."""
    found: dict[str, str] = {}
    for place, word in enumerate(sense.words):
        weak = word.lower in _WEAK and word.text != "May"
        if weak or word.lower in _PLANNED:
            target = next((other for other in sense.words[place + 1 : place + 5] if not other.function), None)
            if target is not None:
                found.setdefault(target.stem, f"{word.text} {target.text}")
    return found


def _quantifiers(claim: _Sense, sentence: _Sense) -> Iterator[Turn]:
    claimed, found = _quantified(claim, _ALL), _quantified(sentence, _SOME)
    everything = _quantified(sentence, _ALL)
    for stem, word in claimed.items():
        if stem in found and stem not in everything:
            yield Turn("quantifier", word, found[stem], frozenset({stem}), True)
    only = next((word for word in claim.words if word.lower in _ONLY), None)
    if only is not None and not any(word.lower in _ONLY for word in sentence.words):
        yield Turn("quantifier", only.text, "", frozenset(), False)


def _quantified(sense: _Sense, kind: frozenset[str]) -> dict[str, str]:
    """What a quantifier is about, by stem of its noun: "most homes"."""
    found: dict[str, str] = {}
    for place, word in enumerate(sense.words):
        if word.lower in kind:
            target = next((other for other in sense.words[place + 1 : place + 4] if not other.function), None)
            if target is not None:
                found.setdefault(target.stem, f"{word.text} {target.text}")
    return found
