"""Whether a verb behind a joint goes on with the subject before it, and which auxiliaries it shares."""

from __future__ import annotations

from rag._clause_words import Kind, Token, Words, again
from rag._clauses import Clause
from rag._finite_verbs import BE, DAYS, HAVE, PLACED, is_modal, looks_plural
from rag._verb_forms import Form, form_of, is_noun_too, lemma_of

# Verbs that need no object, so that "resigned and left the country" has none in common.
INTRANSITIVE = frozenset(
    """abdicate act agree apologise apologize appear arrive begin belong campaign clash climb collapse
    collide come compete consist continue crash decline depart depend die differ disappear double
    drop drown dwindle emerge emigrate end erupt escape evolve exist expire explode fail fall
    finish flee fluctuate fly go graduate grow halve happen improve increase jump land lie live
    lose march meet migrate move narrow occur open perform play plummet plunge proceed protest
    rain react recover rely remain reopen resign respond rest retire retreat return rise run sail
    serve shrink sing sink sit sleep slow slump snow soar speak stagnate stall stand start stay
    step stop study succeed suffer surge surrender survive swim talk travel triple tumble vanish
    vote walk widen win withdraw work worsen""".split()
)
# As adjectives before a noun these are as common as they are as verbs: "women and wounded civilians".
_ATTRIBUTIVE = frozenset(
    """injured wounded displaced armed retired elected planned used occupied advanced increased reduced
    stolen damaged destroyed banned imported exported frozen seized captured limited suspected
    trained skilled mixed improved disabled detained abandoned affected organised organized
    educated experienced paid hidden broken left lost established registered licensed infected
    contaminated endangered threatened renewed continued sustained associated added""".split()
)
# Base forms that are rarely the first half of a compound noun, as in "schools and fire stations".
_SURE_BASES = frozenset(
    """cut end ban raise increase reduce stop halt quit build pay freeze leave meet move open offer shift
    sell buy lose win keep hold make take use""".split()
)
_NOUNS = frozenset([Kind.OTHER, Kind.VERB])
_TIMES = frozenset("day days week weeks month months year years hour hours minute minutes time times".split())
_NOW = frozenset("is has are have does am".split())
_DO = frozenset("did didn't".split())


def takes_object(words: Words, place: int) -> bool:
    """Whether an object stands behind the verb at `place`: with a determiner or number, or a name."""
    after = place + 1
    if after >= len(words):
        return False
    if words.lower[after + 1 : after + 2] and words.lower[after + 1] in _TIMES:
        return False  # "retaken a year later"
    plain = words.kinds[after] in (Kind.DETERMINER, Kind.NUMBER, Kind.PRONOUN)
    name = words.is_name(after) and words.lower[after] not in DAYS  # "published May 2019"
    return plain or name or words.lower[after] == "that"


def shared_auxiliaries(left: Clause, core: Words, first: int) -> list[Token] | None:
    """The auxiliaries of `left` that the verb at `first` of what stands behind shares with it: "was", none.

    None where that can't be a verb of the same subject, or may share more: "designed and built the bridge".
    """
    if core.kinds[first] is Kind.AUXILIARY:
        return []
    if _lacks_object(left, core):
        return None
    form = form_of(core.lower[first])
    if left.group.head != left.group.main:
        shared = _auxiliaries(left, core, first, form)
        if shared is not None:
            return shared
    return [] if _is_finite(left, core, first, form) else None


def _lacks_object(left: Clause, core: Words) -> bool:
    """Whether the left ends in a verb that may share its object: "designed and built the bridge"."""
    group, words = left.group, left.words
    if group.end != left.end or group.main is None:
        return False
    if _is_passive(left):
        return "by" in core.lower
    return lemma_of(words.lower[group.main]) not in INTRANSITIVE


def _is_passive(left: Clause) -> bool:
    group, words = left.group, left.words
    if group.main is None or group.head == group.main:
        return False
    form = form_of(words.lower[group.main])
    be = words.lower[group.head] in BE or any(
        words.lower[place] in ("be", "been", "being") for place in range(group.head, group.main)
    )
    return be and bool(form & Form.PARTICIPLE)


def _auxiliaries(left: Clause, core: Words, first: int, form: Form) -> list[Token] | None:
    group, words = left.group, left.words
    if group.negated:
        return None
    head, main = words.lower[group.head], group.main
    if main is None:
        return None
    kept = again(
        [
            words.tokens[place]
            for place in range(group.head, main)
            if words.kinds[place] in (Kind.AUXILIARY, Kind.VERB) or words.lower[place] == "be"
        ]
    )
    if _is_passive(left):
        return kept if form & Form.PARTICIPLE and _is_passive_verb(core, first) else None
    if head in BE:  # "is building a base and training troops"
        return kept if form & Form.GERUND else None
    if head in HAVE:
        return kept if form & Form.PARTICIPLE else None
    if is_modal(head) and form & Form.BASE:
        sure = not is_noun_too(core.lower[first]) or core.lower[first] in _SURE_BASES
        return kept if sure or takes_object(core, first) else None
    return None


def _is_passive_verb(core: Words, first: int) -> bool:
    """Whether a participle is a passive: with an object, or without need for one, it is a past tense."""
    if core.lower[first + 1 : first + 2] == ("by",):
        return True
    bare_noun = core.kinds[first + 1 : first + 2]
    noun = bool(bare_noun) and bare_noun[0] in _NOUNS
    return not (noun or lemma_of(core.lower[first]) in INTRANSITIVE or takes_object(core, first))


def _is_finite(left: Clause, core: Words, first: int, form: Form) -> bool:
    """Whether a word can be a finite verb, in a tense that goes with the left's."""
    group, head = left.group, left.words.lower[left.group.head]
    lower = core.lower[first]
    now = head in _NOW or (group.head == group.main and bool(form_of(head) & Form.PRESENT))
    if form & Form.PAST and not form & Form.PARTICIPLE:
        return True
    after = core.kinds[first + 1 : first + 2]
    if form & Form.PAST:
        if lower in _ATTRIBUTIVE and after and after[0] in _NOUNS:
            return False
        # Not of "was ill and exhausted"; but a past tense can't share the "did" of "did not resign".
        if (group.main != group.head or now) and head not in _DO:
            return (lemma_of(lower) in INTRANSITIVE or takes_object(core, first)) and not group.negated
        agent = core.lower[first + 1 : first + 2] == ("by",)
        return not agent or core.kinds[first + 2 : first + 3] == (Kind.NUMBER,)
    if form & Form.PRESENT:
        place = after == (Kind.PREPOSITION,) or core.lower[first + 1 : first + 2] == ("as",)
        alike = place and (lower in PLACED or not looks_plural(left.words.lower[left.end - 1]))
        return not is_noun_too(lower) or (now and (takes_object(core, first) or alike))
    return False
