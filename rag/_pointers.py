"""The words of a question that surely point back to what was said before it.

A question that stands alone must never be taken for a follow-up, so that whatever can be explained
from the question itself counts for nothing: "Did the mayor say she would resign?", "Is it true that ...".
"""

from __future__ import annotations

from dataclasses import dataclass

from rag._binding import NOMINATIVE, is_bound, is_verb, points_ahead
from rag._clause_words import Kind
from rag._empty_it import is_empty_it
from rag._generic_they import is_generic_they
from rag._nouns import word_set
from rag._phrase_kinds import Being, is_adjective
from rag._question_parts import Asked
from rag._verb_forms import Form, form_of, is_noun_too, lemma_of

_PRONOUNS = {
    "he": "he", "him": "he", "his": "he",
    "she": "she", "her": "she", "hers": "she",
    "they": "they", "them": "they", "their": "they", "theirs": "they",
    "it": "it", "its": "it",
}  # fmt: skip
_POSSESSIVE = frozenset("his its their".split())
_OWNED = frozenset("hers theirs".split())
_DEICTIC = word_set(
    "year week month morning afternoon evening weekend summer winter spring autumn fall season century "
    "decade quarter term time night day days way kind sort type size age point stage country planet article"
)
_AFTER_PRONOUN = (Kind.PREPOSITION, Kind.MARK, Kind.ADVERB, Kind.JOINT, Kind.SUBORDINATOR, Kind.AUXILIARY)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pointer:
    """Tokens `start` to `end` that point back; `word` says how: "he", "she", "they", "it", "that", "those",
    "there", "one", "other" or "many" (a count without its noun)."""

    start: int
    end: int
    word: str
    possessive: bool = False
    owned: bool = False
    subject: bool = False


def pointers(asked: Asked) -> tuple[Pointer, ...]:
    """What surely points back in a question, in order."""
    found: list[Pointer] = []
    at_large = next((n for n in range(asked.stop) if _is_at_large(asked, n)), asked.stop)
    for place in range(asked.stop):
        if asked.words.tokens[place].hidden:
            continue
        if place >= at_large and _PRONOUNS.get(asked.lower[place]) == "they":
            continue  # "their" of people at large
        if (pointer := _pointer(asked, place)) is not None and not any(p.end > place for p in found):
            found.append(pointer)
    return tuple(found)


def _pointer(asked: Asked, place: int) -> Pointer | None:
    lower = asked.lower[place]
    if lower in _PRONOUNS:
        return _pronoun(asked, place)
    if lower in ("this", "that", "these", "those"):
        return _demonstrative(asked, place)
    if lower == "there" and _is_local(asked, place):
        return Pointer(start=place, end=place + 1, word="there")
    if lower in ("one", "ones") and _is_noun_one(asked, place):
        return Pointer(start=place, end=place + 1, word="one")
    if lower in ("other", "others", "rest") and _is_rest(asked, place):
        return Pointer(start=place, end=place + 1, word="other")
    if asked.lower[place : place + 2] == ("how", "many") and place < 2 and _counts_nothing(asked, place + 2):
        return Pointer(start=place + 2, end=place + 2, word="many")
    return None


# Pronouns


def _pronoun(asked: Asked, place: int) -> Pointer | None:
    lower = asked.lower[place]
    kind = _PRONOUNS[lower]
    if asked.words.tokens[place].text == "IT" or (lower == "her" and asked.words.tokens[place].hidden):
        return None
    possessive = lower in _POSSESSIVE or (lower == "her" and _before_noun(asked, place + 1))
    if lower == "it" and is_empty_it(asked, place):
        return None
    if is_bound(asked, place, kind, possessive) or points_ahead(asked, place, kind, possessive):
        return None
    return Pointer(
        start=place,
        end=place + 1,
        word=kind,
        possessive=possessive,
        owned=lower in _OWNED,
        subject=_is_subject(asked, place),
    )


def _before_noun(asked: Asked, place: int) -> bool:
    if place >= asked.stop or asked.lower[place] in ("to", "that", "as"):
        return False
    return asked.words.kinds[place] not in _AFTER_PRONOUN


def _is_subject(asked: Asked, place: int) -> bool:
    inverted = asked.auxiliary is not None and place == asked.auxiliary + 1
    return inverted or asked.lower[place] in NOMINATIVE


def _is_at_large(asked: Asked, place: int) -> bool:
    return asked.lower[place] == "they" and is_generic_they(asked, place)


# Other words


def _demonstrative(asked: Asked, place: int) -> Pointer | None:
    lower, kinds = asked.lower[place], asked.words.kinds
    after = asked.lower[place + 1] if place + 1 < asked.stop else ""
    word = "those" if lower in ("these", "those") else "that"
    last = (
        not after
        or kinds[place + 1] in (Kind.MARK, Kind.JOINT)
        or after in ("again", "too", "yesterday", "so")
    )
    if (
        lower == "that"
        and place
        and asked.lower[place - 1] in ("so", "in", "now", "except", "given", "not", "provided")
    ):
        return None if not last else Pointer(start=place, end=place + 1, word=word)
    inverted = (
        asked.auxiliary is not None and place == asked.auxiliary + 1 and asked.lower[place - 1] != "not"
    )
    if last or (inverted and _stands_for_itself(asked, place)):
        return Pointer(start=place, end=place + 1, word=word, subject=inverted)
    if lower in ("these", "those") and place and asked.lower[place - 1] == "of" and not last:
        return None
    if after in _DEICTIC or (lower == "that" and not inverted and not _after_preposition(asked, place)):
        return None
    noun = next((p for p in asked.phrases if p.start in (place, place + 1) and p.end > place + 1), None)
    if noun is None or after in ("who", "in", "with", "of", "whose", "at", "on", "from", "that", "which"):
        return None
    relative = asked.lower[noun.end : noun.end + 1] in (("who",), ("that",), ("which",))
    if (
        is_adjective(after)
        or relative
        or noun.named
        or noun.end > place + 2
        or noun.whole > noun.end
        or form_of(after) & Form.PARTICIPLE
    ):
        return None
    return Pointer(start=place, end=noun.end, word="noun", subject=inverted)


def _after_preposition(asked: Asked, place: int) -> bool:
    return place > 0 and asked.words.kinds[place - 1] is Kind.PREPOSITION


def _stands_for_itself(asked: Asked, place: int) -> bool:
    """Whether "this" or "that" behind the auxiliary is the subject: "did that change", not "did that law"."""
    after = place + 1
    lower = asked.lower[after]
    if lower in ("the", "a", "an", "who", "in", "with", "of", "whose", "at", "on", "from", "one", "your"):
        return False
    if (
        asked.predicate == after
        or is_adjective(lower)
        or asked.words.kinds[after] in (Kind.ADVERB, Kind.NEGATION)
    ):
        single = asked.lower[place] in ("this", "that") or after + 1 == asked.stop
        return single or asked.words.kinds[after] is Kind.ADVERB
    return False


def _is_local(asked: Asked, place: int) -> bool:
    """Whether "there" is a place: "Who lives there?", not "How many arrests were there?"."""
    last = place + 1 == asked.stop or asked.words.kinds[place + 1] in (Kind.MARK, Kind.JOINT)
    if not last or not place:
        return False
    verbs = [n for n in range(place) if is_verb(asked, n) and asked.words.kinds[n] is Kind.VERB]
    named = any(phrase.being is Being.PLACE or phrase.named for phrase in asked.phrases)
    return bool(verbs) and not named and asked.words.kinds[place - 1] is not Kind.AUXILIARY


def _is_noun_one(asked: Asked, place: int) -> bool:
    """Whether "one" stands for a noun: "the new one", "Which ones?"."""
    before = asked.lower[place - 1] if place else ""
    after = asked.words.kinds[place + 1] if place + 1 < asked.stop else Kind.MARK
    ends = after in (Kind.MARK, Kind.AUXILIARY, Kind.JOINT) or (after is Kind.ADVERB)
    ends = ends or (
        place + 1 < asked.stop
        and bool(form_of(asked.lower[place + 1]) and not is_noun_too(asked.lower[place + 1]))
    )
    pointed = before in (
        "which",
        "the",
        "that",
        "this",
        "other",
        "another",
        "first",
        "second",
        "last",
        "new",
        "old",
        "what",
    )
    pointed = pointed or (
        place > 1 and is_adjective(before) and asked.lower[place - 2] in ("a", "the", "any", "which")
    )
    if not ends or not (pointed or (before in ("these", "those"))):
        return False
    noun = any(phrase.plural or phrase.named for phrase in asked.phrases if phrase.end < place)
    return not noun


def _is_rest(asked: Asked, place: int) -> bool:
    """Whether "the other", "the others" or "the rest" stands without its noun."""
    last = (
        place + 1 == asked.stop
        or asked.words.kinds[place + 1] in (Kind.AUXILIARY, Kind.MARK)
        or (place + 1 == asked.predicate)
    )
    if asked.lower[place - 1 : place] != ("the",) or not last:
        return False
    return not any(
        phrase.end < place for phrase in (*asked.phrases, *((asked.counted,) if asked.counted else ()))
    )


def _counts_nothing(asked: Asked, place: int) -> bool:
    """Whether "how many" goes without its noun: "How many were injured?"."""
    if place >= asked.stop or asked.counted is not None or any(phrase.named for phrase in asked.phrases):
        return False
    form = form_of(asked.lower[place])
    own = bool(form & Form.PAST) and lemma_of(asked.lower[place]) != "people"
    own = own and (place + 1 == asked.stop or form_of(asked.lower[place + 1]) is Form.NONE)
    return asked.words.kinds[place] is Kind.AUXILIARY or (own and asked.by_subject)


# Nouns

_ROLES = word_set(
    "judge court company firm council minister mayor president government police union spokesman "
    "spokeswoman victim victims suspect suspects driver owner author team coach referee man woman decision "
    "ruling verdict plan proposal law deal agreement report study strike fire accident incident attack "
    "crash vote trial inquiry investigation chairman director manager boss expert experts researchers "
    "scientists workers residents villagers"
)
_LIGHT = word_set(
    "say said do happen decide think want mean respond react reply explain know call called die killed "
    "named name happened called injured hurt old start end begin did does was were is are the what who why "
    "how when where about"
)


def bare_definite(asked: Asked) -> Pointer | None:
    """ "the judge" in a question that has nothing else to find its article by: "What did the judge say?"."""
    phrases = [phrase for phrase in asked.phrases if phrase.being is not Being.TIME]
    if len(phrases) != 1 or asked.counted is not None:
        return None
    only = phrases[0]
    plain = only.end == only.start + 2 and asked.lower[only.start] == "the" and only.whole == only.end
    rest = [asked.lower[n] for n in range(asked.stop) if not only.start <= n < only.end]
    if not plain or asked.lower[only.end - 1] not in _ROLES or not set(rest) <= _LIGHT:
        return None
    return Pointer(start=only.start, end=only.end, word="noun", subject=only.subject)
