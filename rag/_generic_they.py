"""Whether "they" is people at large, who need no earlier question: "How do they make steel?"."""

from __future__ import annotations

from rag._clause_words import Kind
from rag._finite_verbs import BE, HAVE
from rag._noun_phrases import Phrase
from rag._nouns import word_set
from rag._phrase_kinds import Being, is_adjective
from rag._question_parts import Asked
from rag._verb_forms import Form, form_of, is_noun_too, lemma_of

NAMING = word_set("call name dub nickname label")
_CLAIMING = frozenset("say call claim".split())
# What particular people do or undergo rather than people at large, even where it has an object of its own.
_PARTICULAR = word_set(
    "want need think believe own support oppose expect agree react respond say tell claim blame accuse "
    "deserve feel plan hope demand deny admit explain"
)
_UNDERGOING = word_set(
    "have get earn know like mean lose receive face pay win join leave return suffer belong work live "
    "die survive appeal strike go come"
)
# What is also asked of people at large in the past: "When did they invent paper?".
_FOUNDING = word_set("invent discover introduce abolish legalise legalize ban build make create develop")
_INVENTING = frozenset("invent split".split())
_PAST = frozenset("did didn't was were wasn't weren't had hadn't".split()) | HAVE
_INDEFINITE = frozenset("a an any some no each every all more most".split())
_ASIDE = frozenset("to at by with from about of after before since until than as against without".split())
_SITES = frozenset("in at on across around throughout".split())


def is_generic_they(asked: Asked, place: int) -> bool:
    """Whether "they" does something to a thing, or in a place, that the question itself names.

    "When did they build the Eiffel Tower?" and "What do they eat in Japan?" stand alone, "What do they
    want?" and "Will they support the plan?" don't.
    """
    verb = next((n for n in range(place + 1, asked.stop) if _is_verb(asked, n, place)), None)
    if verb is None:
        return False
    lemma, after = lemma_of(asked.lower[verb]), asked.lower[verb + 1 : verb + 2]
    if lemma in NAMING or (asked.lower[verb] in _CLAIMING and after in (("that",), ("it",))):
        return True
    phrases = [p for p in asked.phrases if p.start > place and p.being is not Being.TIME]
    named = [p for p in phrases if _is_named(asked, p)]
    if lemma in _PARTICULAR:
        return any(p.preposition in _SITES for p in named)
    if named:
        return True
    if lemma in _INVENTING and phrases:
        return True
    own = [p for p in phrases if p.start > verb and _is_introduced(asked, p)]
    if lemma in _UNDERGOING or not own:
        return False
    past = asked.auxiliary is None or asked.lower[asked.auxiliary] in _PAST or asked.auxiliary + 1 != place
    return not past or lemma in _FOUNDING or "ever" in asked.lower[place:verb]


def _is_verb(asked: Asked, place: int, they: int) -> bool:
    if asked.words.kinds[place] in (Kind.AUXILIARY, Kind.ADVERB, Kind.NEGATION):
        return False
    inverted = asked.auxiliary is not None and asked.auxiliary + 1 == they
    bare = inverted and asked.lower[they - 1] not in BE | HAVE  # "can they clone", whatever "clone" is
    return bare or place == asked.verb or form_of(asked.lower[place]) is not Form.NONE


def _is_named(asked: Asked, phrase: Phrase) -> bool:
    return phrase.named or any(asked.words.is_name(n) for n in range(phrase.start, phrase.whole))


def _is_introduced(asked: Asked, phrase: Phrase) -> bool:
    """Whether a phrase tells what it means by itself: "dogs", "a cure for cancer", "the voting age"."""
    first, last = phrase.start, asked.lower[phrase.end - 1]
    if phrase.preposition in _ASIDE or is_adjective(last) or (form_of(last) and not is_noun_too(last)):
        return False
    if asked.words.kinds[first] is Kind.PRONOUN:
        return False
    if asked.words.kinds[first] is not Kind.DETERMINER or asked.lower[first] in _INDEFINITE:
        return True
    return asked.lower[first] == "the" and phrase.end > first + 2
