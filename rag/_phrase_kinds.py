"""What a noun phrase of a question can stand for: a person, people, a body, a place, a time or a thing."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from rag._clause_words import Token
from rag._finite_verbs import looks_plural
from rag._forenames import gender_of_name, is_forename
from rag._nouns import (
    BODIES,
    FEMALE,
    HONORIFICS,
    MALE,
    NOT_PEOPLE,
    PEOPLE,
    ROLES,
    SPOKESPEOPLE,
    TITLES,
    singular,
    word_set,
)
from rag._verb_forms import Form, form_of
from rag.background import stem_idf, word_stem

_RARE = 0.5  # IDF from which a word of a name is no common noun: "island" has .38, "ellery" .77


class Being(StrEnum):
    """What a phrase stands for, as far as its words tell; NAME is a name that can be of anything."""

    PERSON = "person"
    PEOPLE = "people"
    BODY = "body"
    PLACE = "place"
    TIME = "time"
    NAME = "name"
    THING = "thing"


TIMES = word_set(
    "year week month day night morning afternoon evening weekend summer winter spring autumn fall season "
    "time century decade hour minute second quarter monday tuesday wednesday thursday friday saturday "
    "sunday january february march april may june july august september october november december moment "
    "yesterday today tomorrow tonight easter christmas"
)
_PLACES = word_set(
    "city town village country region island county district province state area street valley coast river "
    "lake bay port harbour harbor north south east west neighbourhood neighborhood capital"
)
_ADJECTIVES = word_set(
    "open shut safe unsafe ill sick dead alive free ready available legal illegal lawful unlawful true "
    "false new old big large small high low long short expensive cheap dear dangerous full empty possible "
    "impossible necessary responsible guilty innocent happy unhappy rich poor independent fast slow late "
    "early important wrong right clear unclear sure certain able unable likely unlikely good bad better "
    "worse best worst hard easy difficult common rare popular deep wide heavy strong weak liable eligible "
    "still missing valid serious fair unfair fatal successful different similar okay ok worth insured "
    "present absent bankrupt due"
)
_NO_BODIES = word_set("defence defense press inquiry campaign business exchange port station")
_SOMEONE = word_set("anyone someone everyone nobody anybody somebody everybody")
_GROUPS = word_set("family couple crew staff personnel media")
# Among the nouns for people these are as often something else, or a group.
_AMBIGUOUS = _GROUPS | {"head", "figure", "guard", "source", "chair"}
_ENDINGS = ("able", "ible", "ful", "less", "ous", "ive")
_IRREGULAR_PLURALS = word_set("people men women children police media crew staff")
_AGENTS = ("er", "or")
_SUFFIXES = ("ist", "man", "woman", "men", "women")


def is_name(token: Token) -> bool:
    """Whether a word is a name; the first word of a text only if it is a rare one."""
    return token.name and (not token.opens or stem_idf(word_stem(token.text)) >= _RARE)


def is_adjective(lower: str) -> bool:
    """Whether a word can say by itself how something is: "safe" in "Is the bridge safe?"."""
    return lower in _ADJECTIVES or (lower.endswith(_ENDINGS) and len(lower) > 6)


def is_plural(lower: str) -> bool:
    """Whether a noun looks like a plural."""
    return lower in _IRREGULAR_PLURALS or looks_plural(lower)


def is_person_word(lower: str) -> bool:
    """Whether a noun is one for a person; "pier" and "river" only look like it."""
    noun = singular(lower)
    if noun in ROLES or noun in PEOPLE or noun in SPOKESPEOPLE:
        return noun not in _AMBIGUOUS
    noun = lower.removesuffix("s")
    if noun in NOT_PEOPLE or len(noun) < 5:
        return False
    if noun.endswith(_SUFFIXES):
        return True
    made = (noun[:-2], noun[:-1], noun[:-3])
    return noun.endswith(_AGENTS) and any(form_of(stem) & Form.BASE for stem in made)


def being_of(tokens: Sequence[Token], preposition: str) -> Being:
    """What a noun phrase stands for; `preposition` is what it stands behind, or ""."""
    head = tokens[-1].lower
    if head in _SOMEONE:
        return Being.PERSON
    names = [token for token in tokens if is_name(token)]
    if tokens[-1].name and names:
        return _being_of_name(tokens, preposition)
    if singular(head) in BODIES - _NO_BODIES:
        return Being.PEOPLE if head == "police" else Being.BODY
    if is_person_word(head) or head in ("head", "chair"):
        return Being.PEOPLE if is_plural(head) or head == "police" else Being.PERSON
    if head in _GROUPS:
        return Being.PEOPLE
    if head in _PLACES and preposition in ("in", "at", "near", "from", "to"):
        return Being.PLACE
    return Being.THING


def _being_of_name(tokens: Sequence[Token], preposition: str) -> Being:
    lower = [token.lower.removesuffix("'s") for token in tokens]
    titled = any(word in HONORIFICS | TITLES or is_person_word(word) for word in lower[:-1])
    article = lower[0] in ("the", "a", "an")
    if titled and not article:
        return Being.PERSON
    if singular(lower[-1]) in BODIES and len(lower) > 1:
        return Being.BODY
    if not article and len(tokens) > 1 and all(token.name for token in tokens) and is_person_name(lower):
        return Being.PERSON
    if article and lower[-1].endswith("s"):
        return Being.PEOPLE
    if article and is_person_word(lower[-1]):
        return Being.PERSON
    placed = preposition in ("in", "at", "near", "from", "to", "around", "outside", "across")
    common = len(lower) > 1 and stem_idf(word_stem(lower[-1])) < _RARE
    return Being.PLACE if placed and not article else Being.THING if common else Being.NAME


def is_person_name(lower: Sequence[str]) -> bool:
    """Whether two words or more, in lower case, are rather a person's name than "Gull Island"."""
    if is_forename(lower[0]):
        return lower[-1] not in _PLACES and singular(lower[-1]) not in BODIES
    rare = all(stem_idf(word_stem(word)) >= _RARE for word in lower)
    return rare and 2 <= len(lower) <= 3 and lower[0] not in ("lake", "mount", "port", "storm")


def gender_of_phrase(tokens: Sequence[Token]) -> str:
    """The gender that nouns, titles and forenames give away: "m", "f" or ""."""
    lower = [token.lower for token in tokens]
    if set(lower) & (FEMALE - {"her", "she"}) or lower[-1] in ("woman", "girl"):
        return "f"
    if set(lower) & (MALE - {"his", "he"}) or lower[-1] in ("man", "boy"):
        return "m"
    names = [token.lower for token in tokens if token.name]
    genders = [gender_of_name(name) for name in names[:-1]]
    return next((gender for gender in genders if gender), "")
