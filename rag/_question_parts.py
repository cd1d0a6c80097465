"""The parts of a question: what it asks with, its auxiliary, subject and verb, and its noun phrases.

There is no parser: the order of words in an English question gives most of it away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise

from rag._clause_words import Kind, Token, Words, read_tokens
from rag._finite_verbs import BE, HAVE
from rag._noun_phrases import ASKING, Frame, Phrase, noun_phrases
from rag._nouns import word_set
from rag._phrase_kinds import is_adjective, is_plural
from rag._verb_forms import Form, form_of, is_noun_too

_ABOUT_A_THING = frozenset("who whom whose what which".split())
_DO = frozenset("do does did don't doesn't didn't".split())
_SINGLE = frozenset(
    """he she it they we you i this that these those there anyone someone everyone nobody anybody somebody
    everybody anything something everything nothing nobody who""".split()
)
_MISREAD = ASKING | frozenset("us it he am is are may will".split())
_BASE = frozenset("be have do".split())
# Verbs that rag._verb_forms doesn't list, in the only form that matters here, behind "did" or "will".
_MORE_VERBS = word_set(
    "accelerate adjourn alter average axe bid boycott cancel censor circulate coincide commit compensate "
    "confront contradict cope correspond demote denounce deport disappoint discharge dismantle dispatch "
    "dissent divert divorce drag dredge elaborate embark embezzle emit enact encounter endanger equip erode "
    "escalate evict exaggerate exceed excavate exhibit exonerate extinguish extradite falsify free hamper "
    "harass hatch hesitate hinder hoard hover impeach implicate impound imprison incite incur inquire "
    "interrogate intervene intimidate irritate manipulate merge mitigate need obstruct omit overrule "
    "override owe pave penalise perish pollute prevail provoke quarantine rebuke reassign reassure rectify "
    "refurbish refute rehire reimburse relaunch remind renovate rescind reschedule resist retaliate retract "
    "revoke scrutinise shelve smuggle soften spoil subsidise suit summarise tempt thwart tolerate trespass "
    "undercut undermine underestimate unload unlock upset hate smell fit seem melt feed breed sting heal "
    "inject like"
)


@dataclass(frozen=True)
class Asked:
    """A question taken apart; places are those of tokens.

    `asking` ends what it asks with ("How many trams", 0 for a yes/no question), `predicate` is where what
    follows the subject begins, `stop` where the closing marks begin.
    """

    text: str
    words: Words
    stop: int
    asking: int
    auxiliary: int | None
    predicate: int
    verb: int | None
    subject: Phrase | None
    phrases: tuple[Phrase, ...]
    counted: Phrase | None  # "trams" of "How many trams"

    @property
    def lower(self) -> tuple[str, ...]:
        """The words in lower case."""
        return self.words.lower

    @cached_property
    def word(self) -> str:
        """The question word, or "" for a yes/no question."""
        return next((lower for lower in self.lower[: self.asking] if lower in ASKING), "")

    @property
    def by_subject(self) -> bool:
        """Whether it asks for its own subject: "Who paid?"."""
        return self.asking > 0 and self.subject is None

    def piece(self, start: int, end: int) -> str:
        """The text from one token to before another."""
        if start >= end:
            return ""
        return self.text[self.words.tokens[start].start : self.words.tokens[end - 1].end]


@lru_cache(maxsize=512)
def read_question(text: str) -> Asked:
    """Take a question apart; any text is accepted, and what isn't understood is left out."""
    words = Words([_as_name(token) for token in read_tokens(text)])
    stop = len(words)
    while stop and words.kinds[stop - 1] is Kind.MARK:
        stop -= 1
    asking, auxiliary, verb = _opening(words, stop)
    inverted = auxiliary is not None and (not asking or _is_inverted(words, asking, auxiliary, stop))
    subject_span, predicate = None, auxiliary if auxiliary is not None else verb if verb is not None else 0
    if inverted and auxiliary is not None:
        predicate, verb = _after_subject(words, auxiliary, stop)
        subject_span = (auxiliary + 1, predicate)
    elif auxiliary is not None:
        verb = _participle(words, auxiliary + 1, stop)
    frame = Frame(stop=stop, asking=asking, predicate=predicate, verb=verb, subject=subject_span)
    phrases = noun_phrases(text, words, frame)
    subject = next((phrase for phrase in phrases if phrase.subject), None)
    return Asked(
        text=text,
        words=words,
        stop=stop,
        asking=asking,
        auxiliary=auxiliary,
        predicate=predicate,
        verb=verb,
        subject=subject,
        phrases=tuple(phrase for phrase in phrases if phrase.start >= asking),
        counted=next((phrase for phrase in reversed(phrases) if phrase.start < asking), None),
    )


def _as_name(token: Token) -> Token:
    """The WHO and the US as no question word and no pronoun; places in the text stay."""
    acronym = token.name and len(token.text) > 1 and token.text.isupper()
    return replace(token, text=f"{token.text}.") if acronym and token.lower in _MISREAD else token


def _opening(words: Words, stop: int) -> tuple[int, int | None, int | None]:
    """Where what is asked with ends, the auxiliary, and the verb of a question after its own subject."""
    first = next((place for place in range(min(3, stop)) if words.lower[place] in ASKING), None)
    if first is None:
        leads = stop > 1 and words.kinds[0] is Kind.AUXILIARY
        return 0, 0 if leads else None, None
    counted = words.lower[first] in ("which", "whose") or words.lower[first : first + 2] in (
        ("how", "many"),
        ("how", "much"),
    )
    for place in range(first + 1, stop):
        if words.kinds[place] is Kind.AUXILIARY:
            return place, place, None
        bare = place == first + 1 + (words.lower[first] == "how")
        if not (counted and bare) and _is_own_verb(words, first, place, stop):
            return place, None, place
        if words.kinds[place] in (Kind.SUBORDINATOR, Kind.MARK):
            break
    return stop if stop <= first + 4 else first + 1, None, None


def _is_own_verb(words: Words, first: int, place: int, stop: int) -> bool:
    """Whether the verb of a question that asks for its subject stands here: "How many trams run"."""
    if words.lower[first] not in _ABOUT_A_THING | {"how"} or words.is_name(place):
        return False
    form, lower = form_of(words.lower[place]), words.lower[place]
    before = words.lower[place - 1]
    if place + 1 < stop and words.kinds[place + 1] is Kind.AUXILIARY:
        return False
    if words.lower[first] in ("who", "what", "whom") and place == first + 1:
        return bool(form & (Form.PAST | Form.PRESENT))
    if words.kinds[place - 1] is Kind.DETERMINER:
        return False
    if form & (Form.PAST | Form.PRESENT) and not (form & Form.PRESENT and is_noun_too(lower)):
        return True
    plural = is_plural(before) and not is_noun_too(before)
    return bool(form & Form.BASE) and plural


def _is_inverted(words: Words, asking: int, auxiliary: int, stop: int) -> bool:
    """Whether the subject follows the auxiliary: "What did she say", not "Who was hurt"."""
    asked = next(lower for lower in words.lower[:asking] if lower in ASKING)
    counting = words.lower[: min(asking, 2)] in (("how", "many"), ("how", "much"))
    if words.lower[auxiliary] in _DO or (asked not in _ABOUT_A_THING and not counting):
        return True
    after = auxiliary + 1
    while after < stop and words.kinds[after] in (Kind.NEGATION, Kind.ADVERB):
        after += 1
    if after >= stop or is_adjective(words.lower[after]):
        return False
    kind, form = words.kinds[after], form_of(words.lower[after])
    if kind is Kind.PREPOSITION or words.lower[after] in _BASE:
        return False
    if words.lower[auxiliary] in BE | HAVE | {"'s"}:
        noun = is_noun_too(words.lower[after]) and not form & (Form.PAST | Form.PARTICIPLE | Form.GERUND)
        return kind is not Kind.VERB or noun or words.is_name(after)
    return not (kind is Kind.VERB and form & Form.BASE) or words.is_name(after)


def _participle(words: Words, begin: int, stop: int) -> int | None:
    """The main verb behind the auxiliary of a question that asks for its subject."""
    for place in range(begin, stop):
        if words.kinds[place] is Kind.VERB and words.lower[place] not in ("been", "being"):
            return place
        if words.kinds[place] not in (Kind.ADVERB, Kind.NEGATION) and words.lower[place] not in (
            "be",
            "been",
            "being",
            "have",
        ):
            return None
    return None


def _after_subject(words: Words, auxiliary: int, stop: int) -> tuple[int, int | None]:
    """Where the subject behind an auxiliary ends, and the main verb, if one is found."""
    begin = auxiliary + 1
    if begin < stop and words.lower[begin] in ("not", "n't"):
        begin += 1
    if begin >= stop:
        return stop, None
    single = words.lower[begin] in _SINGLE and not _is_determiner(words, begin, stop)
    first = begin + 1 if single or words.kinds[begin] is not Kind.DETERMINER else begin + 2
    helper = words.lower[auxiliary]
    wanted = (
        Form.PARTICIPLE | Form.GERUND if helper in BE else Form.PARTICIPLE if helper in HAVE else Form.BASE
    )
    found = [*_candidates(words, first, stop, wanted)]
    if found:
        start = _chosen(words, found, wanted)
        verb = start
        while (
            verb + 1 < stop
            and words.lower[verb] in ("be", "been", "being")
            and form_of(words.lower[verb + 1]) & (Form.PARTICIPLE | Form.GERUND)
        ):
            verb += 1
        while start - 1 > begin and words.kinds[start - 1] in (Kind.ADVERB, Kind.NEGATION):
            start -= 1
        return start, verb
    if single:
        return begin + 1, None
    end = begin
    while end < stop and words.kinds[end] not in (Kind.MARK, Kind.SUBORDINATOR):
        end += 1
    adjective = next((place for place in range(begin + 1, end) if _is_predicative(words, place, end)), None)
    return (adjective if adjective is not None else end), None


def _is_determiner(words: Words, place: int, stop: int) -> bool:
    """Whether "this" or "that" stands before its noun."""
    if words.lower[place] not in ("this", "that", "these", "those") or place + 1 >= stop:
        return False
    after = words.lower[place + 1]
    if is_adjective(after) and place + 2 < stop and words.kinds[place + 2] is Kind.OTHER:
        return True
    noun = not form_of(after) or (
        is_noun_too(after) and place + 2 < stop and bool(form_of(words.lower[place + 2]))
    )
    return (
        noun and words.kinds[place + 1] is not Kind.ADVERB and not is_adjective(after) and after not in _BASE
    )


def _is_predicative(words: Words, place: int, end: int) -> bool:
    last = place + 1 == end or words.kinds[place + 1] in (Kind.PREPOSITION, Kind.ADVERB, Kind.SUBORDINATOR)
    last = last or words.lower[place + 1] in ("to", "for")
    return last and is_adjective(words.lower[place]) and words.kinds[place - 1] is not Kind.DETERMINER


def _candidates(words: Words, first: int, stop: int, wanted: Form) -> Iterator[int]:
    barred = (Kind.DETERMINER, Kind.PREPOSITION, Kind.NUMBER)
    for place in range(first, stop):
        lower, before = words.lower[place], place - 1
        infinitive = lower == "to" and place + 1 < stop and bool(form_of(words.lower[place + 1]) & Form.BASE)
        if infinitive or (words.kinds[place] in (Kind.SUBORDINATOR, Kind.MARK) and place > first):
            return
        fits = (
            form_of(lower) & wanted
            or (wanted is Form.BASE and lower in _BASE | _MORE_VERBS)
            or lower in ("been", "being")
        )
        pronoun = words.lower[before] in _SINGLE
        if fits and not words.is_name(place) and (pronoun or words.kinds[before] not in barred):
            yield place


def _chosen(words: Words, found: Sequence[int], wanted: Form) -> int:
    """The first that can be the verb, unless it can be a noun of the subject and another follows it."""
    for place, other in pairwise(found):
        after = words.kinds[place + 1]
        noun = is_noun_too(words.lower[place]) and wanted is Form.BASE
        if not noun or after in (Kind.DETERMINER, Kind.NUMBER, Kind.PRONOUN):
            return place
        if other > place + 1 and after is not Kind.PREPOSITION:
            return place
    return found[-1] if wanted is Form.BASE else found[0]
