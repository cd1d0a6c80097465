"""Whether a pronoun can stand for something in its own question, so that it needs nothing from outside."""

from __future__ import annotations

from rag._clause_words import Kind
from rag._noun_phrases import ASKING, Phrase
from rag._phrase_kinds import Being, is_person_word
from rag._question_parts import Asked
from rag._verb_forms import Form, form_of

NOMINATIVE = frozenset("he she they".split())
_SOMEONE = frozenset("who whom anyone someone everyone nobody anybody somebody everybody one each".split())


def fits(phrase: Phrase, word: str) -> bool:
    """Whether a pronoun may stand for a phrase, as far as its words tell."""
    if phrase.being is Being.TIME:
        return False
    if word in ("he", "she"):
        if phrase.gender and phrase.gender != ("m" if word == "he" else "f"):
            return False
        return phrase.being in (Being.PERSON, Being.NAME) and not phrase.plural
    if word == "it":
        common = phrase.being is not Being.PEOPLE and not phrase.plural
        # "the Netherlands" looks like people.
        return phrase.being is not Being.PERSON and (common or _ends_in_name(phrase))
    return phrase.plural or phrase.being in (Being.PEOPLE, Being.BODY, Being.NAME) or _ends_in_name(phrase)


def _ends_in_name(phrase: Phrase) -> bool:
    return phrase.named and phrase.text.split()[-1][:1].isupper()


def is_bound(asked: Asked, place: int, word: str, possessive: bool) -> bool:
    """Whether something before the pronoun in its own question can be what it stands for."""
    people = [
        n for n in range(place) if asked.lower[n] in _SOMEONE and asked.lower[n - 1 : n + 1] != ("no", "one")
    ]
    if word != "it" and any(possessive or _parted(asked, n + 1, place, direct=False) for n in people):
        return True
    before = [phrase for phrase in asked.phrases if phrase.end <= place]
    if (
        asked.words.kinds[0] is Kind.SUBORDINATOR
        and asked.lower[0] not in ASKING
        and "," in asked.lower[:place]
    ):
        return bool(before)  # "If the dam breaks, where will it flood?"
    if asked.counted is not None and asked.counted.end <= place and not _is_crossed(asked, place):
        before.append(asked.counted)
    return any(_binds(asked, phrase, place, word, possessive) for phrase in before)


def _is_crossed(asked: Asked, place: int) -> bool:
    """Whether the pronoun is the subject of what is asked: "Which jobs did they cut?"."""
    return asked.auxiliary is not None and place == asked.auxiliary + 1


def _binds(asked: Asked, phrase: Phrase, place: int, word: str, possessive: bool) -> bool:
    single = phrase.being is Being.PERSON and word == "they"
    if not fits(phrase, word) and not single and not _may_be_person(phrase, word):
        return False
    if possessive:
        return phrase.being is not Being.PLACE or word == "it"
    if single:
        return _parted(asked, phrase.end, place, direct=False)
    if phrase.end == place and not phrase.subject and form_of(asked.lower[place - 1]):
        return True  # its last word may be the verb: "the purse return it"
    if _parted(asked, phrase.end, place, direct=not phrase.subject and not _asks_for(asked, phrase)):
        return True
    return phrase.nested and phrase.preposition == "of" and phrase.being is not Being.PLACE


def _may_be_person(phrase: Phrase, word: str) -> bool:
    """Whether a phrase holds a person at least: "the researcher wary" may have been misread."""
    return word in ("he", "she", "they") and any(is_person_word(part) for part in phrase.text.lower().split())


def _asks_for(asked: Asked, phrase: Phrase) -> bool:
    return asked.by_subject and phrase is asked.counted


def _parted(asked: Asked, begin: int, place: int, *, direct: bool) -> bool:
    """Whether a phrase is in another clause than the pronoun, so that it may be what that stands for.

    In one clause it can't: "Did the council support it?". A phrase that is no subject (`direct`) may be
    meant behind any further verb: "to buy the mill and demolish it".
    """
    kinds, lower = asked.words.kinds[begin:place], asked.lower[begin:place]
    opened = any(kind in (Kind.SUBORDINATOR, Kind.JOINT, Kind.MARK) for kind in kinds)
    verbs = [n for n in range(begin, place) if is_verb(asked, n)]
    if opened:
        return True
    if asked.lower[place] in NOMINATIVE or _is_followed_by_finite(asked, place):
        return bool(verbs) and "not" not in lower[-1:]
    return direct and bool(verbs)


def is_verb(asked: Asked, place: int) -> bool:
    return place == asked.verb or (
        asked.words.kinds[place] in (Kind.VERB, Kind.AUXILIARY) and place != asked.auxiliary
    )


def _is_followed_by_finite(asked: Asked, place: int) -> bool:
    after = place + 1
    if after >= asked.stop or _is_crossed(asked, place):
        return False
    form = form_of(asked.lower[after])
    return asked.words.kinds[after] is Kind.AUXILIARY or bool(form & (Form.PAST | Form.PRESENT))


def points_ahead(asked: Asked, place: int, word: str, possessive: bool) -> bool:
    """Whether what it stands for may follow it: "What did its owner pay for the clock by Pell?"."""
    after = [phrase for phrase in asked.phrases if phrase.start > place and not phrase.nested]
    if possessive:
        return any(_is_ahead(asked, phrase, place, word) for phrase in after)
    opened = any(asked.words.kinds[n] is Kind.SUBORDINATOR and n < place for n in range(min(2, place)))
    comma = next((n for n in range(place, asked.stop) if asked.lower[n] == ","), None)
    colon = next((n for n in range(place, asked.stop) if asked.lower[n] == ":"), None)
    if colon is not None and any(fits(phrase, word) for phrase in after if phrase.start > colon):
        return True  # "... when they opened it: the safe?"
    leads = opened and comma is not None and asked.lower[0] not in ASKING
    return leads and any(fits(phrase, word) for phrase in after if comma is not None and phrase.start > comma)


def _is_ahead(asked: Asked, phrase: Phrase, place: int, word: str) -> bool:
    if phrase.start <= place + 1 or not fits(phrase, word):
        return False
    if word in ("he", "she"):
        return phrase.being is Being.PERSON and phrase.named
    whole = range(phrase.start, phrase.whole)
    common = not asked.words.is_name(phrase.end - 1)
    return common and any(asked.words.is_name(n) for n in whole)
