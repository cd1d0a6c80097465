"""Whom and what earlier questions and answers spoke of, and which of them a pronoun means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag._clause_words import Token, Words, read_tokens
from rag._names import read_names
from rag._noun_phrases import Phrase
from rag._nouns import DOCUMENTS, HONORIFICS, TITLES, singular
from rag._phrase_kinds import Being, being_of, gender_of_phrase, is_person_name, is_person_word
from rag._pointers import Pointer
from rag._question_parts import Asked, read_question
from rag._recasting import described, finite_rest
from rag._verb_forms import lemma_of

_FEMALE, _MALE = (
    re.compile(r"\b(?:she|her|hers|herself)\b", re.I),
    re.compile(r"\b(?:he|him|his|himself)\b", re.I),
)
# What only people and bodies do, so that "it" with these is rather the council than the bridge.
_DELIBERATE = frozenset(
    """say decide vote announce plan want agree pay sell buy own claim promise refuse reject approve demand
    deny admit respond react reply propose order spend hire employ know believe think support oppose apologise
    apologize explain earn recall expect intend""".split()
)
_TITLED = frozenset("judge mayor minister president king queen prince princess professor".split())
_PRONOUN = frozenset("he she it they him her them this that these those i we you there".split())
_NO_REFERENT = frozenset(
    "anyone someone everyone nobody anything something everything nothing anybody".split()
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Referent:
    """Who or what a pronoun may stand for, as it can be written in a question."""

    text: str
    being: Being
    plural: bool = False
    gender: str = ""
    named: bool = False
    subject: bool = False
    nested: bool = False
    back: int = 0  # how many turns ago
    answered: bool = False  # from an answer
    asked_for: bool = False  # the trams of "how many trams", and whom an answer to "who" names
    bare: bool = False  # hardly a thing of its own: the bankruptcy of "file for bankruptcy"
    order: int = 0

    @property
    def possessive(self) -> str:
        """Whose: "Fenwick Foods'", "Edda Lorn's"."""
        return self.text + ("'" if self.text.endswith("s") else "'s")


def referents(turns: Sequence[tuple[str, str]]) -> list[Referent]:
    """All candidates in (question, answer) turns, of which the last comes first."""
    found: list[Referent] = []
    for back, (question, answer) in enumerate(turns):
        asked = read_question(question)
        own = [*_of_question(asked)]
        wanted = asked.word in ("who", "whom", "whose") or (
            asked.counted is not None and asked.counted.being in (Being.PERSON, Being.PEOPLE)
        )
        told = [replace(one, asked_for=wanted) for one in _of_answer(answer)]
        told = [one for one in told if not any(_same(one, other) for other in own)]
        found += [replace(one, back=back, order=n) for n, one in enumerate((*own, *told))]
    return [_completed(one, found) for one in found]


def _same(one: Referent, other: Referent) -> bool:
    return one.text.split()[-1].lower() == other.text.split()[-1].lower()


def _completed(one: Referent, found: Sequence[Referent]) -> Referent:
    """A surname by itself with the forename that is given elsewhere, and with what is known of it."""
    if " " in one.text or one.being not in (Being.NAME, Being.PERSON):
        return one
    fuller = next(
        (f for f in found if f.being is Being.PERSON and f.text.split()[-1] == one.text and " " in f.text),
        None,
    )
    return one if fuller is None else replace(one, text=fuller.text, being=Being.PERSON, gender=fuller.gender)


# From a question


def _of_question(asked: Asked) -> Iterator[Referent]:
    if asked.counted is not None:
        yield _counted(asked, asked.counted)
    elif asked.by_subject and asked.word == "who" and asked.verb is not None and asked.auxiliary is None:
        text = f"those who {_plural_rest(asked)}"
        yield Referent(text=text, being=Being.PEOPLE, plural=True, subject=True)
    for phrase in asked.phrases:
        text = _definite(asked, phrase)
        if text and phrase.being is not Being.TIME:
            yield Referent(
                text=_located(asked, phrase, text),
                being=phrase.being,
                plural=phrase.plural,
                gender=phrase.gender,
                named=phrase.named or asked.words.is_name(phrase.whole - 1),
                subject=phrase.subject,
                nested=phrase.nested,
                bare=bool(phrase.preposition) and text != asked.piece(phrase.start, phrase.whole),
            )


def _plural_rest(asked: Asked) -> str:
    first, _, others = finite_rest(asked).partition(" ")
    return f"{lemma_of(first) if first.endswith('s') else first} {others}".strip()


def _counted(asked: Asked, phrase: Phrase) -> Referent:
    return Referent(
        text=f"the {described(asked, phrase)}",
        being=phrase.being,
        plural=phrase.plural or (asked.lower[:2] == ("how", "many") and phrase.named),
        gender=phrase.gender,
        named=True,
        subject=asked.by_subject,
        asked_for=True,
    )


def _definite(asked: Asked, phrase: Phrase) -> str:
    """The phrase as what is known by now: "a new tunnel" is "the new tunnel"; "" where it names nothing."""
    first = asked.lower[phrase.start]
    if phrase.text.lower() in _NO_REFERENT | _PRONOUN or first in ("any", "no", "some", "every", "each"):
        return ""
    if phrase.being is Being.PERSON and phrase.named and phrase.whole == phrase.end:
        start = phrase.start
        while start < phrase.end - 2 and not asked.words.is_name(start):
            start += 1
        return asked.piece(start, phrase.end)
    text = asked.piece(phrase.start, phrase.whole)
    if first in ("a", "an"):
        return "the " + text.partition(" ")[2]
    office = phrase.being is Being.PERSON and not phrase.named and not phrase.plural
    if office and phrase.preposition == "for" and not first.startswith("the"):
        return ""  # "ran for mayor"
    owned = first.endswith(("'s", "s'")) or first in (
        "the",
        "its",
        "their",
        "his",
        "her",
        "this",
        "that",
        "both",
    )
    if owned or asked.words.is_name(phrase.start):
        return text
    return f"the {text}" if phrase.plural or not phrase.named else text


def _located(asked: Asked, phrase: Phrase, text: str) -> str:
    """A phrase without a name together with the place or body that its question names: "Quillon's lens"."""
    if (
        phrase.named
        or any(asked.words.is_name(n) for n in range(phrase.start, phrase.whole))
        or not text.startswith("the ")
    ):
        return text
    place = next(
        (
            p
            for p in asked.phrases
            if p.being is Being.PLACE and p.named and not p.nested and p.start >= phrase.whole
        ),
        None,
    )
    if place is not None:
        return f"{text} {place.preposition} {asked.piece(place.start, place.whole)}"
    owner = asked.subject
    owns = owner is not None and owner.named and owner.being in (Being.BODY, Being.NAME) and not owner.plural
    if (
        owner is None
        or not owns
        or owner.start == phrase.start
        or asked.lower[owner.start] in ("the", "a", "an")
    ):
        return text
    name = asked.piece(owner.start, owner.whole)
    return f"{name}{chr(39) if name.endswith('s') else chr(39) + 's'} {text.removeprefix('the ')}"


# From an answer


@lru_cache(maxsize=256)
def _of_answer(answer: str) -> tuple[Referent, ...]:
    """The persons, bodies and things that an answer names, persons with the gender its pronouns give away."""
    found: list[Referent] = []
    for name in read_names(answer):
        words = Words(read_tokens(name.text))
        before = answer[: name.start].split()[-2:]
        tokens = _bare(words)
        if not tokens:
            continue
        text = " ".join(token.text for token in tokens).removesuffix("'s").removesuffix("’s")
        lower = text.lower().split()
        titled = (bool(before) and is_person_word(before[-1].lower())) or len(tokens) < len(words)
        named = len(lower) > 1 and is_person_name(lower)
        placed = bool(before) and before[-1].lower() in ("in", "at", "near", "from", "to")
        being = Being.PERSON if titled or named else being_of(tokens, before[-1].lower() if placed else "")
        if being is Being.PERSON and len(lower) == 1 and words.lower[0] in _TITLED:
            text = name.text
        gender = (
            gender_of_phrase([*read_tokens(" ".join(before)), *words.tokens]) if being is Being.PERSON else ""
        )
        if being is Being.PERSON and not gender:
            gender = _gender_after(answer, name.end)
        found.append(Referent(text=text, being=being, gender=gender, named=True, answered=True))
    return tuple(found)


def _bare(words: Words) -> list[Token]:
    titles = HONORIFICS | TITLES
    start = 0
    while start < len(words) - 1 and (
        words.lower[start] in titles or words.lower[start] == "." or is_person_word(words.lower[start])
    ):
        start += 1
    return list(words.tokens[start:])


def _gender_after(answer: str, end: int) -> str:
    """The gender of the first pronoun behind a name, unless another name comes before it."""
    rest = answer[end : end + 160]
    female, male = _FEMALE.search(rest), _MALE.search(rest)
    first = min((m for m in (female, male) if m), key=lambda match: match.start(), default=None)
    if first is None or re.search(r"(?<![.!?]) [A-Z]\w+ [A-Z]\w+", rest[: first.start()]):
        return ""
    return "f" if first is female else "m"


# The choice


def chosen(
    pointer: Pointer, asked: Asked, found: Sequence[Referent], used: Sequence[Referent]
) -> Referent | None:
    """The candidate that a pronoun most likely means; None if none fits."""
    fitting = [one for one in found if one not in used and _agrees(pointer.word, one)]
    verb = lemma_of(asked.lower[asked.verb]) if asked.verb is not None and pointer.subject else ""
    return max(fitting, key=lambda one: _likely(pointer, one, verb), default=None)


def _agrees(word: str, one: Referent) -> bool:
    if word in ("he", "she"):
        surname = one.being is Being.NAME and " " not in one.text
        gender = not one.gender or one.gender == ("m" if word == "he" else "f")
        return gender and not one.plural and (one.being is Being.PERSON or surname)
    if word in ("it", "that"):
        return one.being not in (Being.PERSON, Being.PEOPLE, Being.PLACE, Being.TIME) and not one.plural
    if word == "those":
        return one.plural
    return one.plural or one.being in (Being.PEOPLE, Being.BODY)


def _likely(pointer: Pointer, one: Referent, verb: str) -> float:
    score = -10.0 * one.back - 0.01 * one.order - (1.5 if one.nested else 0) - (3.0 if one.answered else 0)
    score += 0.5 if one.named else 0
    if pointer.word in ("he", "she"):
        score += 2.0 if one.gender else 0
        score += 5.0 if one.asked_for and one.answered else 0
        score -= 4.0 if one.being is Being.NAME else 0
        return score + (1.0 if one.subject else 0)
    score += (1.0 if one.asked_for and not one.answered else 0) - (3.0 if one.bare else 0)
    if pointer.word in ("it", "that"):
        agent = one.being in (Being.BODY, Being.NAME)
        score += (2.0 if agent else -1.0) if verb in _DELIBERATE else (0.0 if agent else 2.0)
        score += 5.0 if verb == "say" and singular(one.text.split()[-1]) in DOCUMENTS else 0
        return score + (0.5 if one.subject == pointer.subject else 0)
    score += 3.0 if one.plural else 0
    score += 1.0 if one.being is Being.PEOPLE else 0
    return score + (0.5 if one.subject == pointer.subject else 0)


def topic(found: Sequence[Referent]) -> Referent | None:
    """What the last question was about: what it names, or its first phrase."""
    last = [one for one in found if not one.back and not one.answered and not one.nested]
    things = [one for one in last if one.being is Being.THING] or [
        one for one in last if one.being is Being.BODY
    ]
    named = [one for one in things if one.named]
    return next(iter(named or things or last), None)
