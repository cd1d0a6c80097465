"""What a clause says besides: ", which ..." and ", killing five", and figures under one verb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag._clause_words import Kind, Token, Words, again, word
from rag._clauses import Clause
from rag._finite_verbs import BE, looks_plural, read_group
from rag._framing import frame_end
from rag._naming import be_for, is_participle, may_be_person, noun_after
from rag._verb_forms import Form, form_of, past_of

Part = list[Token]

# ", killing five" is what the subject did; with most other verbs ("saying", "using") it isn't sure.
_EFFECTS = frozenset(
    """killing injuring wounding leaving destroying damaging displacing flooding forcing cutting beating
    winning becoming ending triggering sparking prompting causing trapping burying burning sinking
    capturing seizing bringing disrupting""".split()
)
# In ", which led to" the whole clause before it is meant.
_OF_A_CLAUSE = frozenset(
    """means meant led leads caused causes made makes allowed allows prompted prompts forced forces
    triggered sparked resulted results hurt would could""".split()
)
# "five years and six months" is one length of time.
_UNITS = frozenset(
    """seconds minutes hours days weeks months years feet inches metres meters centimetres kilometres km
    miles pounds ounces pence cents grams kilos kilograms percent points degrees""".split()
)
_TOGETHER = frozenset(
    "respectively together combined total altogether between either neither both sum joint".split()
)


def part_relative(words: Words) -> list[Part] | None:
    """The clause without its ", which ..." and what that says of its antecedent; None where unsure."""
    for place in range(2, len(words) - 2):
        if (
            words.lower[place] in ("which", "who")
            and words.lower[place - 1] == ","
            and not words.tokens[place].hidden
        ):
            return _with_antecedent(words, place)
    return None


def _with_antecedent(words: Words, place: int) -> list[Part] | None:
    end = next(
        (p for p in range(place + 1, len(words)) if words.lower[p] in (",", ";", "–", "—")), len(words)
    )
    whole = words.lower[place] == "which" and words.lower[place + 1] in _OF_A_CLAUSE
    if whole or end == place + 1 or words.lower[end : end + 1] not in ((), (",",)):
        return None
    # Without it the two halves of "said the dam, which ..., had burst" can be read as one.
    frame = frame_end(Words([*words.tokens[: place - 1], *words.tokens[end + 1 :]]))
    if frame is None:
        return None
    frame = frame if frame < place else 0
    antecedent = _antecedent(words, frame, place - 1, person=words.lower[place] == "who")
    if antecedent is None:
        return None
    own = Words([*again(antecedent), *words.tokens[place + 1 : end]])
    # A joint in the relative clause could as well go on with the main clause.
    if Clause(own).heads != [len(antecedent)] and not _after_adverb(own, len(antecedent)):
        return None
    # The comma behind it closes it, but before ", generating ..." one is needed.
    verb = end + 1 < len(words) and bool(form_of(words.lower[end + 1]) & (Form.PAST | Form.PRESENT))
    verb = verb or Kind.AUXILIARY in words.kinds[end + 1 : end + 3]
    goes_on = verb or not Clause(words, frame, place - 1).heads
    rest = Words([*words.tokens[: place - 1], *words.tokens[end + goes_on :]])
    main = Clause(rest, frame)
    if not main.heads or main.heads[0] <= frame:
        return None
    return [[*rest.tokens], [*again(words.tokens[:frame]), *own.tokens]]


def _after_adverb(own: Words, place: int) -> bool:
    return Clause(own).heads == [place + 1] and own.kinds[place] in (Kind.ADVERB, Kind.NEGATION)


def _antecedent(words: Words, begin: int, end: int, *, person: bool) -> Sequence[Token] | None:
    """The noun phrase that a clause up to `end` ends with; None where two come into question."""
    clause = Clause(words, begin, end)
    if not clause.heads:
        whole = Clause(words, begin)
        return _of_subject(words, whole.opening if whole.heads else begin, end, person=person)
    start = _phrase_start(words, clause.heads[-1], end)
    if start is None or clause.is_open:
        return None
    before = start - 1
    nearest = words.tokens[start:end]
    if words.kinds[before] is Kind.JOINT and words.lower[before - 1] == ",":
        return nearest  # the subject of the next clause
    if words.kinds[before] is not Kind.PREPOSITION:
        group = read_group(words, clause.heads[-1], end)
        return nearest if before < group.end or words.kinds[before] is Kind.ADVERB else None
    wider = _phrase_start(words, clause.heads[-1], before)
    if wider is None:  # "lives in Kharkiv, which": what stands before "in" is no noun phrase
        return nearest if before <= read_group(words, clause.heads[-1], end).end else None
    if words.lower[before] == "of" and not person:
        return words.tokens[wider:end]
    return _person_among(words.tokens[wider:before], nearest, words.tokens[wider:end]) if person else None


def _person_among(
    head: Sequence[Token], nearest: Sequence[Token], whole: Sequence[Token]
) -> Sequence[Token] | None:
    """Who is meant by "who" behind "the mayor of the city": of the two, the only person."""
    first, last = (may_be_person(part) for part in (head, nearest))
    if first == last:
        return None
    return whole if first else nearest


def _of_subject(words: Words, start: int, end: int, *, person: bool) -> Sequence[Token] | None:
    """The subject as a whole; None where a noun in it might be meant, as in "The dam in Orlivka, which"."""
    for place in range(start, end):
        kind = words.kinds[place]
        phrase = kind is Kind.PREPOSITION and words.lower[place] != "of" and not person
        if phrase or (kind in (Kind.MARK, Kind.JOINT, Kind.SUBORDINATOR) and words.lower[place] != "&"):
            return None
    return words.tokens[start:end] or None


def _phrase_start(words: Words, head: int, end: int) -> int | None:
    """Where the noun phrase begins that ends at `end`: at its determiner, number, or first capital."""
    place = end - 1
    if words.is_name(place):
        while place - 1 > head and words.is_name(place - 1):
            place -= 1
    found = None
    for start in range(place, max(head, end - 7), -1):
        kind = words.kinds[start]
        if kind in (Kind.DETERMINER, Kind.NUMBER) and words.lower[start] not in ("such", "other"):
            found = start
        elif (
            kind in (Kind.PREPOSITION, Kind.MARK, Kind.JOINT, Kind.SUBORDINATOR, Kind.PRONOUN, Kind.AUXILIARY)
            or found is not None
        ):
            break
    return found if found is not None else place if words.is_name(place) else None


def part_effect(words: Words) -> list[Part] | None:
    """The clause without its ", killing five" at the end, and that with the clause's subject."""
    commas = [p for p in range(len(words)) if words.lower[p] == "," and not words.tokens[p].hidden]
    if not commas or commas[-1] + 2 >= len(words) or words.lower[commas[-1] + 1] not in _EFFECTS:
        return None
    place = commas[-1]
    frame = frame_end(words)
    if frame is None or frame >= place:
        return None
    clause, after = Clause(words, frame, place), words.kinds[place + 2]
    if (
        not clause.is_one
        or clause.is_open
        or not clause.subject
        or words.lower[place + 2] in ("it", "them", "him")
    ):
        return None
    if clause.group.main != clause.group.head or not form_of(words.lower[clause.group.head]) & Form.PAST:
        return None  # of what "was hit by a missile" the missile killed, not the subject
    if (
        after not in (Kind.NUMBER, Kind.DETERMINER, Kind.PREPOSITION, Kind.OTHER)
        or "and" in words.lower[frame:place]
    ):
        return None
    effect = _in_the_past(Words(words.tokens[place + 1 :]))
    if effect is None:
        return None
    return [[*words.tokens[:place]], [*again(words.tokens[:frame]), *again(clause.subject), *effect]]


def _in_the_past(words: Words) -> Part | None:
    """ "killing five and wounding nine" as "killed five and wounded nine"."""
    said = list(words.tokens)
    for place, token in enumerate(words.tokens):
        if place == 0 or words.lower[place - 1] == "and":
            if words.lower[place] in _EFFECTS:
                said[place] = replace(token, text=past_of(words.lower[place]))
            elif form_of(words.lower[place]) & Form.GERUND:
                return None
    return said


def part_figures(words: Words) -> list[Part] | None:
    """ "killed six people and two dogs" and "Six soldiers and two civilians were killed", each by itself."""
    frame = frame_end(words)
    if frame is None or _TOGETHER & set(words.lower):
        return None
    clause = Clause(words, frame)
    places = [p for p in range(frame, len(words)) if words.lower[p] == "and" and not words.tokens[p].hidden]
    if len(places) != 1 or not clause.is_one:
        return None
    group, place = clause.group, places[0]
    if place < group.head:
        return _counted_subjects(words, clause, place)
    if clause.is_open or not clause.subject:
        return None
    verb_end = group.end
    one, other = words.tokens[verb_end:place], words.tokens[place + 1 :]
    if group.negated or not _is_count(Words(one), ends=True) or not _is_count(Words(other), ends=False):
        return None
    said = [*again(words.tokens[:verb_end]), *other]
    return [[*words.tokens[:place]], said]


def _is_count(words: Words, *, ends: bool) -> bool:
    """Whether words are a number and what it counts, with nothing else behind it if it `ends`."""
    found = noun_after(words)
    if found is None:
        return False
    number, noun, rest = found
    rest = [token for token in rest if token.text[0].isalnum()]
    nouns = [token.lower for token in noun]
    kind = Words(rest).kinds[0] if rest else Kind.MARK
    plural = bool(nouns) and (looks_plural(nouns[-1]) or number[-1].lower in ("one", "a"))
    return plural and not _UNITS & set(nouns) and (not rest or (not ends and kind is Kind.PREPOSITION))


def _counted_subjects(words: Words, clause: Clause, place: int) -> list[Part] | None:
    group = clause.group
    first, last = words.tokens[clause.opening : place], words.tokens[place + 1 : group.head]
    passive = words.lower[group.head] in BE and group.main is not None and is_participle(words, group.main)
    if not passive and words.lower[group.head] not in ("died",):
        return None
    if group.negated or not all(_is_count(Words(count), ends=True) for count in (first, last)):
        return None
    before, verb = words.tokens[: clause.opening], words.tokens[group.head : group.end]
    return [
        [*before, *first, *_agreeing(first, verb), *again(words.tokens[group.end :])],
        [*again(before), *last, *_agreeing(last, verb, own=True), *words.tokens[group.end :]],
    ]


def _agreeing(counted: Sequence[Token], verb: Sequence[Token], *, own: bool = False) -> Part:
    found = noun_after(Words(counted))
    number = found[0] if found else []
    said = [word(be_for(verb[0].lower, [counted[-1]], number)), *again(verb[1:])]
    return [Token(s.text, v.start, v.end) if own else s for s, v in zip(said, verb, strict=True)]
