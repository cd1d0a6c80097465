"""Whether "it" stands for nothing in a question: "Is it true that", "How long does it take to"."""

from __future__ import annotations

import re

from rag._clause_words import Kind
from rag._finite_verbs import BE, CLAUSAL
from rag._generic_they import NAMING
from rag._nouns import word_set
from rag._question_parts import Asked
from rag._verb_forms import Form, form_of, lemma_of

# "Is it set to close?" asks about a thing, "Is it safe to swim?" doesn't.
_RAISING = word_set(
    "going able likely unlikely due set expected about supposed allowed ready willing planned meant forced "
    "certain sure bound required permitted designed made built used intended scheduled next"
)
_WEATHER = word_set(
    "rain rains rained raining snow snows snowed snowing warmest coldest hottest warmer colder hail hailing "
    "freeze freezing thunder early late dark cold hot warm windy sunny foggy monday tuesday wednesday "
    "thursday friday saturday sunday midnight noon christmas easter"
)
_EMPTY_IT = re.compile(
    r"\b(?:take|takes|took|taken|cost|costs|need|needs|pay|pays)\b.* (?:to|for|before|until)\b"
    r"|\b(?:seem|seems|seemed|appear|appears|appeared|turn|turns|turned|happen|happens|happened|emerge|emerged|"
    r"matter|matters|mattered|help|helps|helped|follow|follows|make sense|makes sense|look|looks|looked)\b"
    r".* (?:that|if|whether|as|when|how|who|what|why|to)\b"
)
_MADE = re.compile(
    r"\b(?:make|makes|made|making|find|finds|found|finding|think|thinks|thought|consider|considers|considered|"
    r"deem|deemed|keep|keeps|kept|render|rendered|take|took|see to|put|hold)$"
)
_IDIOM = re.compile(
    r"""\b(?:when|if)\ it\ (?:comes|came)\ to\b
    |\bas\ it\ (?:is|was|were|stands|happens)\b
    |\b(?:so\ be\ it|up\ to\ it|call\ it\ a\ day|whatever\ it\ takes)\b
    |\b(?:it['’]s|(?:is|was)\ it)\ worth\ \w+ing\b
    |\bhow(?:['’]s|\ is|\ are)\ it\ going\b
    |\bma(?:ke|de)\ it\ (?:to|into|in\ time|home|out|through)\b
    |\bhow\ far\ (?:is|was)\ it\b
    |\bwhat\ (?:time|day|date)\ (?:is|was)\ it\b
    |\bwhat\ (?:is|was)\ it\ (?:about|like|with)\b.+""",
    re.VERBOSE,
)
_CLAUSE = frozenset("that whether if how who what why when where which to for like".split())
_CLAUSE_OPENERS = _CLAUSE - {"where", "to", "for", "like"} | {"since"}
# "Is it possible they will lose?", with "that" left out.
_OF_FACTS = word_set("true possible likely unlikely certain clear sure known confirmed")
_BEING = BE | {"'s", "be", "been", "has", "had"}


def is_empty_it(asked: Asked, place: int) -> bool:
    """Whether "it" stands for nothing: "Is it true that", "How long does it take to"."""
    lower = asked.lower
    before, after = " ".join(lower[:place]), " ".join(lower[place + 1 : asked.stop])
    if _IDIOM.search(f"{before} it {after}".strip()) or set(lower[place + 1 : place + 4]) & _WEATHER:
        return True
    if _is_named_next(asked, place) or _has_open_clause(asked, place):
        return True
    if _EMPTY_IT.match(after) or _MADE.search(before):
        rest = set(lower[place + 1 : asked.stop])
        return bool(rest & (_CLAUSE | {"until", "before"}))
    return _is_said_of_a_clause(asked, place)


def _is_named_next(asked: Asked, place: int) -> bool:
    """Whether the question gives the name itself: "Why do they call it the Windy City?"."""
    verbs = [n for n in (place - 1, place + 1) if 0 <= n < asked.stop]
    naming = next((n for n in verbs if lemma_of(asked.lower[n]) in NAMING), None)
    if naming is None:
        return False
    start = max(place, naming) + 1
    return any(asked.words.is_name(n) for n in range(start, min(start + 2, asked.stop)))


def _has_open_clause(asked: Asked, place: int) -> bool:
    rest = place + 1
    if rest + 1 >= asked.stop or asked.lower[rest] not in _OF_FACTS:
        return False
    opens = asked.words.kinds[rest + 1] in (Kind.PRONOUN, Kind.DETERMINER) or asked.words.is_name(rest + 1)
    return opens and asked.lower[rest + 1] not in ("this", "that", "these", "those")


def _is_said_of_a_clause(asked: Asked, place: int) -> bool:
    """Whether what is said of "it" is said of a clause that follows, or picks something out of one."""
    lower, rest = asked.lower, place + 1
    linked = bool(set(lower[max(0, place - 1) : place] + lower[rest : rest + 4]) & _BEING)
    if not linked:
        verb = lemma_of(asked.lower[asked.verb]) if asked.verb is not None else ""
        return "that" in lower[rest : asked.stop - 1] and bool(verb) and verb not in CLAUSAL
    infinitive = next((n for n in range(rest, asked.stop - 1) if _is_infinitive(asked, n)), None)
    if infinitive is not None:
        return not set(lower[rest:infinitive]) & _RAISING
    return bool(set(lower[rest : asked.stop]) & _CLAUSE_OPENERS)


def _is_infinitive(asked: Asked, place: int) -> bool:
    """Whether "to" stands before a verb: "to close the pier", "to dam the river", not "to Velden"."""
    after = asked.lower[place + 1]
    known = bool(form_of(after) & Form.BASE) or after in ("be", "have", "do")
    opens = asked.words.kinds[place + 2] is Kind.DETERMINER if place + 2 < asked.stop else False
    verbal = asked.words.kinds[place + 1] is Kind.OTHER and opens and not asked.words.is_name(place + 1)
    return asked.lower[place] == "to" and (known or verbal)
