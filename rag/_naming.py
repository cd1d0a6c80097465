"""What stands for a subject in the next clause: a pronoun, a possessive, or a number by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag._clause_words import POSSESSIVES, Kind, Token, Words, again, quantity_end, word
from rag._clauses import Clause
from rag._finite_verbs import BE, HAVE, looks_plural
from rag._sharing import takes_object
from rag._verb_forms import Form, form_of, is_noun_too

_PERSON = frozenset(
    """man woman boy girl child person mother father son daughter wife husband brother sister president
    minister chancellor secretary mayor governor senator king queen prince princess pope bishop
    priest judge chief coach captain general colonel spokesman spokeswoman chairman chairwoman
    victim suspect student pupil teen teenager guard nurse pilot politician musician activist
    journalist scientist economist artist athlete candidate mp deputy premier head coroner star
    boss veteran defendant soldier driver actor actress singer writer author winger striker
    midfielder goalkeeper inspector official ambassador diplomat tourist civilian villager""".split()
)
_AGENT = re.compile(r"[a-z-]{3,}(?:er|or|ist|ian|man|woman)")
_NO_PERSON = frozenset(
    """river tower power paper newspaper number letter order tender center computer weather water winter
    summer october corner border theater offer chapter cover quarter member-state tractor reactor
    factor sector error motor harbor flavor armor register container fighter-jet bomber helicopter
    freighter tanker trawler cruiser carrier shelter barrier boiler""".split()
)
_BODIES = frozenset(
    """company ministry government university bank club party union council court army police group
    agency fc corporation inc ltd plc committee city state states kingdom republic association
    university league nato parliament congress senate times post news association airlines""".split()
)
_GROUPS = frozenset("police people men women children couple pair media staff crew".split())
_IRREGULAR = {"person": "people", "man": "men", "woman": "women", "child": "children", "police": "police"}
_SINGULAR = {plural: noun for noun, plural in _IRREGULAR.items()}
_PLACING = frozenset("in at on near from to into by under over since until before after".split())
_ONE = frozenset(["one", "1"])
_PHRASE = frozenset([Kind.DETERMINER, Kind.NUMBER, Kind.OTHER, Kind.VERB])
_OBJECTS = frozenset("him it them".split())
PRONOUNS = frozenset("he she it they".split())
_FEMALE = frozenset(
    "she woman girl mother wife daughter sister queen princess actress spokeswoman chairwoman widow".split()
)
_MALE = frozenset(
    "he man boy father husband son brother king prince actor spokesman chairman widower".split()
)
_NEUTER, _PLURAL = ("it", "its"), ("they", "their")
# No person is called that: "Permission was refused to Petrenko; he".
_ABSTRACT = ("ion", "ment", "ness", "ity", "ism", "ance", "ence", "age", "ing")


def with_subject(words: Words, clause: Clause, left: Clause, *, framed: bool) -> list[Token] | None:
    """A clause with the subject of `left` in place of its pronoun; None where they don't agree.

    In what is said by someone, if `framed`, the pronoun may stand for the speaker and stays then.
    """
    place, subject = clause.opening, left.subject
    lower = words.lower[place]
    if lower not in PRONOUNS and lower not in POSSESSIVES:
        return list(words.tokens)
    if lower in ("our", "my", "your"):
        return list(words.tokens)
    if not subject or not _agrees(lower, left) or _is_empty(words, place):
        return list(words.tokens) if framed else None
    if subject[-1].lower in PRONOUNS:
        return list(words.tokens)
    named = again(subject)
    if lower in POSSESSIVES:
        named[-1] = word(named[-1].text + ("'" if named[-1].lower.endswith("s") else "'s"))
    named[0] = replace(named[0], start=words.tokens[place].start, end=words.tokens[place].end)
    return [*words.tokens[:place], *named, *words.tokens[place + 1 :]]


def _is_empty(words: Words, place: int) -> bool:
    """Whether "it" stands for nothing: "it was unclear who", "it is likely to"."""
    near = words.lower[place : place + 6]
    is_be = near[0] == "it" and len(near) > 1 and words.kinds[place + 1] is Kind.AUXILIARY
    return is_be and bool(
        {"that", "to", "who", "whether", "why", "how", "raining", "snowing"} & set(near[2:])
    )


def _agrees(pronoun: str, left: Clause) -> bool:
    """Whether a pronoun or possessive can stand for the subject of `left`, and for nothing else in it."""
    words, rest = Words(left.subject), _predicate(left)
    head = _head(words)
    plural = _is_plural(words, head)
    if pronoun in _PLURAL:
        return plural
    if pronoun in _NEUTER:
        # Of "Lasota made his first feature, and it was seen", the feature.
        rival = len(words) > 1 and words.is_name(0) and words.is_name(1) and _things(rest, plural=False)
        return not plural and not _is_surely_person(words, head) and not rival
    others = any(lower in _PERSON for lower in rest.lower) or any(
        rest.is_name(place) and rest.is_name(place + 1) for place in range(len(rest) - 1)
    )
    wrong = _MALE if pronoun in ("she", "her") else _FEMALE
    return not plural and _is_person(words, head) and not others and words.lower[head] not in wrong


def with_object(words: Words, left: Clause, *, own_subject: bool) -> list[Token] | None:
    """Words with what "it", "him" or "them" stands for in `left`; None where that isn't clear."""
    place = next(
        (p for p, lower in enumerate(words.lower) if _ends(words, p) or lower in _OBJECTS), len(words)
    )
    if place >= len(words) or words.lower[place] not in _OBJECTS:
        return list(words.tokens)
    lower = words.lower[place]
    if any(kind in (Kind.AUXILIARY, Kind.VERB) for kind in words.kinds[place + 1 : place + 2]):
        return list(words.tokens)  # "Ericsson announced it would merge"
    plural = lower == "them"
    if _things(Words(words.tokens[1 if own_subject else 0 : place]), plural=plural) and not own_subject:
        return list(words.tokens)
    found = [thing for thing in _things(_predicate(left), plural=plural) if _is_kind_of(thing, lower)]
    direct = bool(found) and found[0][0] is _predicate(left).tokens[0]
    if own_subject and found and not direct:
        return None  # "The warming is rapid on the geologic scale, and nothing explains it"
    if direct:
        found = found[:1]
    if not found and own_subject and left.subject and _is_kind_of(left.subject, lower):
        found = (
            [left.subject] if _is_plural(Words(left.subject), _head(Words(left.subject))) == plural else []
        )
    if len(found) != 1:
        return None
    named = again(found[0])
    named[0] = replace(named[0], start=words.tokens[place].start, end=words.tokens[place].end)
    return [*words.tokens[:place], *named, *words.tokens[place + 1 :]]


def _ends(words: Words, place: int) -> bool:
    """Whether a clause or joint begins here, in which a pronoun may stand for something else."""
    return words.kinds[place] in (Kind.SUBORDINATOR, Kind.JOINT) or words.lower[place] == ";"


def _is_kind_of(thing: Sequence[Token], pronoun: str) -> bool:
    words = Words(thing)
    person = _is_surely_person(words, len(words) - 1)
    named = len(words) > 1 and all(words.is_name(place) for place in range(len(words)))
    return pronoun == "them" or (person or named if pronoun == "him" else not person)


def _predicate(left: Clause) -> Words:
    """What stands behind the verb of a clause."""
    return Words(left.words.tokens[left.group.end : left.end])


def _things(words: Words, *, plural: bool) -> list[tuple[Token, ...]]:
    """The noun phrases of some words, singular or plural: with a determiner or number, or names."""
    found, place = [], 0
    while place < len(words):
        end = place
        opened = words.kinds[place] in (Kind.DETERMINER, Kind.NUMBER)
        name = words.is_name(place) and not (place and words.lower[place - 1] in _PLACING)
        if opened or name:
            while end < len(words) and (words.kinds[end] in _PHRASE if opened else words.is_name(end)):
                end += 1
            many = looks_plural(words.lower[end - 1]) and not words.is_name(end - 1)
            if end > place + opened and many == plural and not words.tokens[place].hidden:
                found.append(words.tokens[place:end])
        place = max(place + 1, end)
    return found


def _head(words: Words) -> int:
    """The place of the main noun: the last word before "of", "in", "who"."""
    ends = (Kind.PREPOSITION, Kind.SUBORDINATOR, Kind.MARK)
    stop = next((p for p in range(1, len(words)) if words.kinds[p] in ends), len(words))
    return stop - 1


def _is_plural(words: Words, head: int) -> bool:
    lower = words.lower[head]
    if words.lower[0] in ("one", "each", "every", "a", "an") or lower in ("he", "she", "it"):
        return False
    counted = words.kinds[0] is Kind.NUMBER or words.lower[0] in ("several", "many", "both", "they", "these")
    name = words.is_name(head) and head > 0 and words.lower[0] != "the"
    joined = "and" in words.lower and words.lower[0] not in ("the", "a")
    return counted or lower in _GROUPS or joined or (looks_plural(lower) and not name)


def _is_person(words: Words, head: int) -> bool:
    if _is_surely_person(words, head):
        return True
    name = all(words.is_name(p) for p in range(head + 1)) and words.kinds[0] is not Kind.DETERMINER
    name = name and (head > 0 or not words.tokens[0].opens or not words.lower[0].endswith(_ABSTRACT))
    return name and not any(lower in _BODIES for lower in words.lower)


def _is_surely_person(words: Words, head: int) -> bool:
    lower = words.lower[head]
    agent = bool(_AGENT.fullmatch(lower)) and lower not in _NO_PERSON and not words.is_name(head)
    return lower in _PERSON or agent or lower in ("he", "she")


def may_be_person(thing: Sequence[Token]) -> bool:
    """Whether a noun phrase can be a person's or people's: by its noun, or as a name of two words or more."""
    words = Words(thing)
    head = _head(words)
    singular = words.lower[head].removesuffix("s")
    named = len(words) > 1 and all(words.is_name(place) for place in range(head + 1))
    return named or words.lower[head] in _GROUPS or singular in _PERSON or bool(_AGENT.fullmatch(singular))


def noun_after(words: Words) -> tuple[list[Token], list[Token], list[Token]] | None:
    """A count that words begin with: the number, its noun if there is one, and the rest."""
    place = quantity_end(words, 0)
    if not place:
        return None
    noun = place
    while noun < len(words) and (words.kinds[noun] is Kind.OTHER or _is_plural_noun(words, noun)):
        noun += 1
    return [*words.tokens[:place]], [*words.tokens[place:noun]], [*words.tokens[noun:]]


def _is_plural_noun(words: Words, place: int) -> bool:
    lower = words.lower[place]
    return words.kinds[place] is Kind.VERB and is_noun_too(lower) and bool(form_of(lower) & Form.PRESENT)


def counted_noun(subject: Sequence[Token]) -> list[Token] | None:
    """The noun that a subject such as "Two people" counts; None where it counts nothing."""
    found = noun_after(Words(subject))
    if found is None or found[2]:
        return None
    return again(found[1]) or None


def in_number(noun: Sequence[Token], number: Sequence[Token]) -> list[Token]:
    """A noun in the number that its count asks for: "one person", "three people"."""
    *rest, last = noun
    lower = last.lower
    if number[-1].lower in _ONE and len(number) == 1:
        text = _SINGULAR.get(lower, last.text[:-1] if looks_plural(lower) else last.text)
    else:
        text = _IRREGULAR.get(lower, last.text if looks_plural(lower) else last.text + "s")
    return [*rest, Token(text, last.start, last.end)]


def be_for(auxiliary: str, noun: Sequence[Token], number: Sequence[Token]) -> str:
    """The form of an auxiliary for a counted noun: "was" or "were", "is" or "are", "has" or "have"."""
    one = (number[-1].lower in _ONE and len(number) == 1) or not looks_plural(noun[-1].lower)
    pairs = (("was", "were"), ("is", "are"), ("has", "have"))
    pair = next((pair for pair in pairs if auxiliary in pair), (auxiliary, auxiliary))
    return pair[0 if one else 1]


def counted_clause(words: Words, left: Clause) -> list[Token] | None:
    """ "three injured" behind "Two people were killed": three people were injured; None for anything else."""
    found, group, own = noun_after(words), left.group, counted_noun(left.subject)
    if found is None or not found[2] or not (found[1] or own):
        return None
    number, noun, rest = found
    counted, after = noun or in_number(own or [], number), Words(rest)
    if after.kinds[0] is Kind.AUXILIARY and not noun and not _is_only(after):
        return [*number, *counted, *rest]
    auxiliary = left.words.lower[group.head]
    if (
        group.main == group.head
        and not noun
        and form_of(after.lower[0]) & Form.PAST
        and after.kinds[0] is Kind.VERB
    ):
        return [*number, *counted, *rest]
    if group.main is None or auxiliary not in BE | HAVE or not is_participle(after, 0):
        return None
    if takes_object(after, 0):
        return None
    shared = [
        word(be_for(auxiliary, counted, number)),
        *again(left.words.tokens[group.head + 1 : group.main]),
    ]
    return [*number, *counted, *shared, *rest]


def _is_only(words: Words) -> bool:
    return not any(kind in (Kind.VERB, Kind.OTHER, Kind.PREPOSITION) for kind in words.kinds)


def is_participle(words: Words, place: int) -> bool:
    """Whether the word at `place` can be a participle."""
    verb = place < len(words) and words.kinds[place] is Kind.VERB
    return verb and bool(form_of(words.lower[place]) & Form.PARTICIPLE)
