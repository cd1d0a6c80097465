"""Whether a phrase is of the kind of a part of an earlier question, so that it could stand in its place.

"What about the tram?" after a question about a bus asks the same of the tram; "What about climate change in
Africa?" is a new topic.
"""

from __future__ import annotations

from rag._clause_words import Kind
from rag._names import is_country
from rag._noun_phrases import Phrase
from rag._nouns import singular, word_set
from rag._phrase_kinds import Being
from rag._question_parts import Asked
from rag.background import word_stem

_AGENTS = (Being.PERSON, Being.PEOPLE, Being.BODY)
_NAMES = (Being.NAME, Being.PLACE, Being.BODY)
# What happens or is the case, and can't be closed, sold or shot.
_ABSTRACT = word_set(
    "change inflation war peace weather climate economy price cost tax rate trade crime death birth "
    "earthquake flood storm hurricane drought heatwave fire accident crash attack strike protest riot "
    "coup vote poll right rule law ban deal plan talk summit crisis scandal debt growth poverty hunger "
    "famine health virus pandemic disease football sport tennis music culture history future past "
    "election sanction tariff ceasefire genocide holocaust race title match game cup championship "
    "tournament festival ceremony"
)
_ENDINGS = (
    "tion",
    "sion",
    "ment",
    "ity",
    "ness",
    "ism",
    "ance",
    "ence",
    "logy",
    "racy",
    "ship",
    "ics",
    "dom",
)
_TOPICS = word_set(
    "olympics paralympics oscars grammys emmys baftas games playoffs brits eurovision brexit covid ai"
)


def is_alike(asked: Asked, old: Phrase, new: Asked, phrase: Phrase) -> bool:
    """Whether a phrase could stand where a part of the earlier question stands."""
    if new.lower[phrase.end - 1] in _TOPICS:
        return asked.lower[old.end - 1] in _TOPICS
    many = old is asked.counted and asked.lower[:2] == ("how", "many")
    if many and not _counts(new, phrase):
        return False
    if asked.lower[old.start] in ("many", "much"):
        return False  # misread: "many buses run"
    if _head(asked, old) == _head(new, phrase):
        return True
    return (
        _is_of_kind(asked, old, new, phrase)
        and _is_attached_alike(asked, old, new, phrase)
        and _is_owned(asked, old) == _is_owned(new, phrase)
    )


def _counts(new: Asked, phrase: Phrase) -> bool:
    """Whether "how many" can ask for a phrase."""
    plural = phrase.plural or new.lower[phrase.end - 1].endswith("s")
    # "a bears" is how "bears", which may be a verb, is read.
    return plural and (new.lower[phrase.start] == "a" or _is_bare(new, phrase))


def _is_of_kind(asked: Asked, old: Phrase, new: Asked, phrase: Phrase) -> bool:
    if phrase.being in _AGENTS and old.being in _AGENTS:
        return True
    if phrase.being in (*_NAMES, Being.PERSON) and old.being in (*_NAMES, Being.PERSON):
        if is_country(new.lower[phrase.end - 1]) and not is_country(asked.lower[old.end - 1]):
            return old.subject or old.being in (Being.PLACE, Being.BODY)
        # "Macron" may be a person, "Paris" is none, and a person is no place.
        return Being.PERSON not in (phrase.being, old.being) or Being.NAME in (phrase.being, old.being)
    kinds = {phrase.being, old.being}
    if old is asked.counted and kinds == {Being.THING, Being.NAME}:
        return not _is_abstract(new, phrase)  # "And tanks?" after "How many HIMARS"
    if kinds == {Being.THING} or (kinds == {Being.THING, Being.BODY} and phrase.plural and old.plural):
        bare = _is_bare(asked, old) == _is_bare(new, phrase) or (phrase.plural and old.plural)
        return bare and _is_abstract(asked, old) == _is_abstract(new, phrase)
    if kinds == {Being.THING, Being.NAME}:
        return old.named and phrase.named
    return False


def _is_bare(asked: Asked, phrase: Phrase) -> bool:
    return asked.words.kinds[phrase.start] is not Kind.DETERMINER


def _is_abstract(asked: Asked, phrase: Phrase) -> bool:
    head = singular(asked.lower[phrase.end - 1])
    return head in _ABSTRACT or (head.endswith(_ENDINGS) and len(head) > 5)


def _is_attached_alike(asked: Asked, old: Phrase, new: Asked, phrase: Phrase) -> bool:
    """Whether a phrase that brings its own context ("in Africa") replaces one that has the like."""
    own, other = attached_to(new, phrase), attached_to(asked, old)
    if own is None:
        return True
    return other is not None and (own.preposition, own.being) == (other.preposition, other.being)


def attached_to(asked: Asked, phrase: Phrase) -> Phrase | None:
    """What stands behind a phrase with a preposition and may belong to it: "in Africa"."""
    after = next((p for p in asked.phrases if p.start == phrase.end + 1 and p.preposition), None)
    return None if after is None or after.being is Being.TIME else after


def _is_owned(asked: Asked, phrase: Phrase) -> bool:
    return any(asked.lower[n].endswith(("'s", "s'")) for n in range(phrase.start, phrase.end - 1))


def _head(asked: Asked, phrase: Phrase) -> str:
    return word_stem(asked.lower[phrase.end - 1])
