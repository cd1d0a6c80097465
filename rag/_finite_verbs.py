"""Which words of a claim are finite verbs, by their forms and the words beside them: there is no parser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag._clause_words import WEAK, Kind, Words, quantity_end
from rag._verb_forms import MODALS, Form, form_of, is_noun_too, lemma_of

BE = frozenset("is are was were am isn't aren't wasn't weren't been being".split())
HAVE = frozenset("has have had hasn't haven't hadn't".split())
_SPEECH = """
    acknowledge add admit allege announce argue believe claim conclude confirm declare estimate explain find
    insist note predict report reveal rule say show state suggest tell think warn write deny stress
    emphasise testify complain
"""
SPEECH = frozenset(_SPEECH.split())
# These take a clause without "that": "said the driver was drunk".
BARE = frozenset("say claim believe think admit report announce confirm insist estimate show warn".split())
# These may take one: behind them, "their skill and care" is rather one subject than two things.
CLAUSAL = SPEECH | frozenset(
    "know see hear realise realize mean ensure believe show feel learn discover hope".split()
)
_PLURALS = frozenset("people men women children police officials media data aircraft cattle sheep".split())
_CROWDS = frozenset("dozens hundreds thousands millions".split())
# "lives in Geneva": the nouns that look like these seldom stand before a preposition.
PLACED = frozenset("lives lies sits dates".split())
_PRONOUN_LIKE = frozenset(
    "this these those some many most all both several few each any another other such".split()
)
DAYS = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may june
    july august september october november december spring summer autumn winter""".split()
)
_NOUN_PHRASE = frozenset([Kind.DETERMINER, Kind.NUMBER, Kind.OTHER, Kind.PRONOUN])
_CLOSING = frozenset([Kind.JOINT, Kind.MARK, Kind.PRONOUN, Kind.SUBORDINATOR])


@dataclass(frozen=True, slots=True)
class VerbGroup:
    """A finite verb with its auxiliaries: "has not been closed" is one; `main` is the place of "closed"."""

    head: int
    end: int
    main: int | None  # None for a form of be, have or do by itself
    negated: bool


def read_group(words: Words, head: int, end: int) -> VerbGroup:
    """The verb group that begins at `head`."""
    lower, kinds = words.lower, words.kinds
    negated = lower[head].endswith("n't") or lower[head] == "cannot"
    if kinds[head] is not Kind.AUXILIARY:
        return VerbGroup(head, head + 1, head, negated)
    place = head + 1
    while place < end:
        form = form_of(lower[place]) if kinds[place] is Kind.VERB else Form.NONE
        if kinds[place] is Kind.NEGATION:
            negated = True
        elif form and (_fits(lower[head], form) or lower[place - 1] in ("be", "been", "being", "have")):
            if lower[place] not in ("been", "being"):
                return VerbGroup(head, place + 1, place, negated)
        elif kinds[place] not in (Kind.ADVERB, Kind.AUXILIARY) and lower[place] != "be":
            break
        place += 1
    return VerbGroup(head, place, None, negated)


def _fits(auxiliary: str, form: Form) -> bool:
    """Whether a form can follow an auxiliary: "was closed", "has closed", "will close"."""
    if auxiliary in BE:
        return bool(form & (Form.PARTICIPLE | Form.GERUND))
    return bool(form & (Form.PARTICIPLE if auxiliary in HAVE else Form.BASE))


def read_verbs(words: Words, begin: int, end: int) -> tuple[list[int], list[int], bool]:
    heads: list[int] = []
    embedded: list[int] = []
    waiting = weak = 0  # subordinators that have not had their verb yet
    place = begin
    while place < end:
        kind, lower = words.kinds[place], words.lower[place]
        counted = quantity_end(words, place)  # its "than" is no subordinator
        if words.tokens[place].hidden or counted > place:
            place = max(place + 1, counted)
            continue
        if kind is Kind.SUBORDINATOR:
            waiting, weak = (waiting + 1, weak) if lower not in WEAK else (waiting, 1)
        elif kind is Kind.JOINT or lower in (",", ";"):
            weak = 0
        elif kind is Kind.PRONOUN and heads and words.kinds[place - 1] not in (Kind.JOINT, Kind.MARK):
            weak = 1  # "the plant it opened", "said he resigned"
        elif _is_finite(words, place, begin, heads, bool(waiting or weak)):
            if waiting or weak:
                embedded.append(place)
                waiting, weak = (waiting, 0) if weak else (waiting - 1, 0)
            else:
                heads.append(place)
                weak = int(_takes_clause(words, place, end))
            place = read_group(words, place, end).end
            continue
        place += 1
    return _without_participles(words, heads), embedded, bool(waiting or weak)


def only_verb(words: Words, begin: int, end: int) -> list[int]:
    """The only word that can be the verb of a clause without a surer one: "The Danube rises in"."""
    found = [
        place
        for place in range(begin + 1, end)
        if words.kinds[place] is Kind.VERB
        and form_of(words.lower[place]) & Form.PRESENT
        and _kind_before(words, place - 1) is Kind.OTHER
        and not looks_plural(words.lower[place - 1])
    ]
    return found if len(found) == 1 else []


def _takes_clause(words: Words, place: int, end: int) -> bool:
    after = place + 1
    return lemma_of(words.lower[place]) in BARE and after < end and begins_noun_phrase(words, after)


def begins_noun_phrase(words: Words, place: int) -> bool:
    """Whether a noun phrase can begin at `place`, also with a noun that looks like a verb: "profits"."""
    if words.kinds[place] in _NOUN_PHRASE or quantity_end(words, place) > place:
        return True
    form = form_of(words.lower[place])
    noun = is_noun_too(words.lower[place]) and bool(form & (Form.BASE | Form.PRESENT))
    return words.kinds[place] is Kind.VERB and (noun or form is Form.GERUND)


def _without_participles(words: Words, heads: list[int]) -> list[int]:
    """Without "arrested" in "The man arrested on Monday was charged"."""
    for one, other in pairwise(heads):
        between = range(one + 1, other)
        closed = any(words.kinds[p] in _CLOSING for p in between)
        lemma = lemma_of(words.lower[one])
        active = lemma in SPEECH or (_has_object(words, one) and lemma not in ("name", "call"))
        surer = words.kinds[other] is Kind.AUXILIARY or not _is_ambiguous(words, other)
        if _is_ambiguous(words, one) and surer and not closed and not active:
            return _without_participles(words, [head for head in heads if head != one])
    return heads


def _is_ambiguous(words: Words, place: int) -> bool:
    both = Form.PAST | Form.PARTICIPLE
    return words.kinds[place] is Kind.VERB and form_of(words.lower[place]) & both == both


def _is_finite(words: Words, place: int, begin: int, heads: Sequence[int], waiting: bool) -> bool:
    """Whether the word at `place` is the first word of a finite verb."""
    kind, lower = words.kinds[place], words.lower[place]
    if place == begin or kind not in (Kind.AUXILIARY, Kind.VERB):
        return False
    before = place - 1
    while before > begin and words.kinds[before] in (Kind.ADVERB, Kind.NEGATION):
        before -= 1
    if lower in ("is", "was", "are", "were", "isn't", "wasn't") and words.lower[before] == "to":
        return True  # "What he objected to was"
    if words.lower[before] in ("to", "having"):
        return False
    if kind is Kind.AUXILIARY:
        if words.kinds[before] is Kind.AUXILIARY and before > begin:
            return False  # "claimed to have had"
        return words.kinds[before] is not Kind.DETERMINER or words.lower[before] in _PRONOUN_LIKE
    form = form_of(lower)
    if words.lower[before] in ("be", "been", "being"):
        return False
    if form & Form.PAST:
        return _is_past(words, place, before, begin, heads)
    if form & Form.PRESENT:
        return _is_present(words, place, before)
    return bool(form & Form.BASE) and (waiting or not heads) and _is_plural_present(words, place, before)


def _kind_before(words: Words, before: int) -> Kind:
    """The kind of the word before a verb, as a noun where it can be one."""
    kind = words.kinds[before]
    noun = kind is Kind.VERB and (before == 0 or is_noun_too(words.lower[before]))
    return Kind.OTHER if noun and words.lower[before - 1 : before] != ("to",) else kind


def _is_past(words: Words, place: int, before: int, begin: int, heads: Sequence[int]) -> bool:
    kind, lower = _kind_before(words, before), words.lower[before]
    if kind is Kind.PREPOSITION or (kind is Kind.DETERMINER and lower not in _PRONOUN_LIKE):
        return False
    if not _is_ambiguous(words, place):
        return True
    after = words.lower[place + 1] if place + 1 < len(words) else ""
    if lower in _CROWDS:
        return after != "by"  # "Thousands demonstrated"
    agent = after == "by" and not _is_kind(words, place + 2, Kind.NUMBER)
    if agent or kind in (Kind.DETERMINER, Kind.NUMBER, Kind.VERB, Kind.AUXILIARY):
        return False
    if lower == ",":  # "Petrenko, the mayor, resigned", but not "the plan, approved on Monday"
        return not heads and words.lower[begin:place].count(",") >= 2
    return kind is not Kind.MARK or words.tokens[before].hidden


def _is_present(words: Words, place: int, before: int) -> bool:
    kind, lower = _kind_before(words, before), words.lower[before]
    if kind is Kind.PRONOUN or lower == "who":
        return True
    if kind is Kind.SUBORDINATOR and is_noun_too(words.lower[place]):
        return lower in ("which", "that") and _has_object(words, place)
    if kind in (Kind.DETERMINER, Kind.PREPOSITION, Kind.NUMBER, Kind.VERB):
        return False
    if not is_noun_too(words.lower[place]):
        return True
    placed = words.lower[place] in PLACED and _is_kind(words, place + 1, Kind.PREPOSITION)
    return kind is Kind.OTHER and not looks_plural(lower) and (placed or _has_object(words, place))


def _is_plural_present(words: Words, place: int, before: int) -> bool:
    lower = words.lower[before]
    plural = lower in ("they", "we", "you", "i", "who") or (
        _kind_before(words, before) is Kind.OTHER and looks_plural(lower)
    )
    return plural and (not is_noun_too(words.lower[place]) or _has_object(words, place))


def _has_object(words: Words, place: int) -> bool:
    after = place + 1
    kinds = (Kind.DETERMINER, Kind.NUMBER, Kind.PRONOUN)
    if after >= len(words):
        return False
    said = words.lower[after] == "that" and lemma_of(words.lower[place]) in SPEECH
    return said or words.kinds[after] in kinds


def _is_kind(words: Words, place: int, kind: Kind) -> bool:
    return place < len(words) and words.kinds[place] is kind


def looks_plural(lower: str) -> bool:
    """Whether a noun looks like a plural."""
    return lower in _PLURALS or (lower.endswith("s") and not lower.endswith(("ss", "us", "is", "'s")))


def is_modal(lower: str) -> bool:
    """Whether a word is a modal verb."""
    return lower in MODALS
