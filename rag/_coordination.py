"""Parting coordinated clauses and verb phrases: what they share is said in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag._additions import Part
from rag._clause_words import NEGATIVE, POSSESSIVES, Kind, Token, Words, again, quantity_end
from rag._clauses import Clause, segments
from rag._finite_verbs import CLAUSAL, SPEECH, is_modal
from rag._framing import frame_end
from rag._naming import PRONOUNS, counted_clause, with_object, with_subject
from rag._sharing import INTRANSITIVE, shared_auxiliaries, takes_object
from rag._verb_forms import Form, form_of, lemma_of

_DROPPED = frozenset("also then therefore thus however even too meanwhile instead consequently".split())
_PARTICLES = frozenset("down up out off over".split())
CONTRASTS = frozenset("while whilst whereas although though".split())
# Of these the speaker is the subject: "said he was sorry and promised to resign".
_SPEAKERS = SPEECH | {"call", "urge", "appeal", "promise", "vow", "apologise", "apologize"}
_BROADEST = 12  # words of a subject; what is longer is rather something misread


@dataclass(frozen=True, slots=True)
class Joint:
    """Where two things are joined: from `start` to `end`, by `by` ("and", ";"), with or without a comma."""

    start: int
    end: int
    by: str
    comma: bool


def part_coordination(words: Words) -> list[Part] | None:
    """Two or more parts, each a sentence of its own; None where nothing can be parted for sure."""
    begin = frame_end(words)
    if begin is None:
        return None
    for joint in _joints(words, begin):
        if (parts := Coordination(words, begin, joint).parts()) is not None:
            return parts
    return None


def _joints(words: Words, begin: int) -> list[Joint]:
    """The joints after `begin`, those first that part the most: ";", then with a comma, then without."""
    found = []
    for place in range(begin + 1, len(words) - 1):
        if words.tokens[place].hidden:
            continue
        by = words.lower[place]
        comma = words.lower[place - 1] == ","
        if by == ";":
            end = place + 1 + (words.lower[place + 1] in ("and", "but"))
            found.append(Joint(place, end, ";", True))
        elif by in ("and", "but") and words.lower[place - 1] != ";":
            found.append(Joint(place - comma, place + 1, by, comma))
        elif by in CONTRASTS and (
            comma or not by.startswith("whil")
        ):  # "while" is rather of time without one
            found.append(Joint(place - comma - (words.lower[place - 1] == "even"), place + 1, by, True))
    return sorted(found, key=lambda joint: (joint.by != ";", not joint.comma, joint.start))


class Coordination:
    """One joint with what stands before and behind it."""

    def __init__(self, words: Words, frame: int, joint: Joint, stop: int | None = None) -> None:
        self.frame = words.tokens[:frame]
        self.joint = joint
        self.words = words
        self.left = Clause(words, frame, joint.start, has_verb=True)
        right = [*words.tokens[joint.end : stop]]
        while len(right) > 1 and right[0].lower in _DROPPED:
            right = right[1:]
            right = right[1:] if right[0].lower == "," else right
        self.right = Words(right)

    def parts(self) -> list[Part] | None:
        """The parts, or None."""
        if cuts := self._cuts():
            return self._listed(cuts)
        right = self.said()
        return None if right is None else [[*self.words.tokens[: self.joint.start]], right]

    def said(self) -> Part | None:
        """What stands behind the joint as a sentence of its own; None where it is none."""
        return self.own_clause() or (self._verb_phrase() if self._is_readable() else None)

    def _is_readable(self) -> bool:
        left = self.left
        return len(self.right) > 0 and left.is_one and left.heads[0] > left.begin and not self._is_pair()

    def _is_pair(self) -> bool:
        """Whether the words beside the joint belong together: "more and more", "in and around"."""
        before = self.joint.start - 1
        kind, lower = self.words.kinds[before], self.words.lower[before]
        hanging = (Kind.PREPOSITION, Kind.SUBORDINATOR, Kind.AUXILIARY, Kind.JOINT, Kind.DETERMINER)
        figures = kind is Kind.NUMBER and self.right.kinds[0] is Kind.NUMBER and len(self.right) < 4
        within = self.words.lower[self.left.heads[0] : self.joint.start]
        if "between" in within or "both" in within:
            return True
        same = lower in (self.right.lower[0], "try", "go", "come", "wait")
        return figures or same or (kind in hanging and lower not in _PARTICLES)

    # Lists: "A, B and C"

    def _cuts(self) -> list[int]:
        """The commas at which a list of verb phrases or clauses can be parted."""
        words, heads = self.words, self.left.heads
        if self.joint.by != "and" or not heads:
            return []
        cuts: list[int] = []
        within = range(heads[0] + 1, self.joint.start)
        commas = [place for place in within if words.lower[place] == "," and not words.tokens[place].hidden]
        for comma, stop in pairwise([*commas, self.joint.start]):
            if self._item(cuts[0] if cuts else comma, comma, stop) is not None:
                cuts.append(comma)
        return cuts

    def _item(self, left: int, comma: int, stop: int) -> Part | None:
        """An item of a list as a sentence; None for what may be an apposition or a participle's phrase."""
        item = Coordination(self.words, len(self.frame), Joint(left, comma + 1, "and", False), stop)
        if not len(item.right) or not item.left.is_one:
            return None
        participle = _begins_with(item.right, Form.PARTICIPLE)
        passives = _begins_with(self.right, Form.PARTICIPLE) and item.left.group.main != item.left.group.head
        return None if participle and not passives and not takes_object(item.right, 0) else item.said()

    def _listed(self, cuts: Sequence[int]) -> list[Part] | None:
        joint = Joint(cuts[0], self.joint.end, "and", False)
        items = [self._item(cuts[0], comma, stop) for comma, stop in pairwise([*cuts, self.joint.start])]
        said = [item for item in [*items, Coordination(self.words, len(self.frame), joint).said()] if item]
        return [[*self.words.tokens[: cuts[0]]], *said] if len(said) == len(cuts) + 1 else None

    # A clause with a subject of its own

    def own_clause(self) -> Part | None:
        """What stands behind the joint, if it has a subject of its own."""
        if not self._is_readable():
            return None
        that = self.right.lower[0] == "that"
        if that and (not self.frame or self.frame[-1].lower != "that"):
            return None
        words = Words(self.right.tokens[1:]) if that else self.right
        if len(words) < 2 or ((self.left.is_open or self.left.is_waiting) and not self.joint.comma):
            return None
        if not that and self.frame and self.joint.comma:
            return self._after_frame(words)
        if self.frame and frame_end(words) != 0:
            return None
        said = self._with_own_subject(words)
        return None if said is None else [*again(self.frame), *said]

    def _after_frame(self, words: Words) -> Part | None:
        """ "The army said A, but Kyiv said B": what has a speaker of its own is outside the first's."""
        fronted = self.frame[-1].lower in (",", ":")
        outside = bool(frame_end(words)) or self.joint.by == ";"
        if fronted or not outside or words.kinds[0] is Kind.PRONOUN or words.lower[0] in POSSESSIVES:
            return None
        return self._with_own_subject(words)

    def _with_own_subject(self, words: Words) -> Part | None:
        if (counted := counted_clause(words, self.left)) is not None:
            return counted
        clause = _first_clause(words)
        if clause is None or not self._is_clear(clause):
            return None
        named = with_subject(words, clause, self.left, framed=bool(self.frame))
        return None if named is None else with_object(Words(named), self.left, own_subject=True)

    def _is_clear(self, clause: Clause) -> bool:
        """Whether words behind the joint are a clause rather than a noun phrase with a participle."""
        words, head, start = clause.words, clause.heads[0], clause.opening
        subject = range(start, head)
        there = words.lower[start] == "there" and len(subject) == 1
        if not there and (not clause.subject or len(subject) > _BROADEST or "," in words.lower[start:head]):
            return False
        # "and the people she had met", "and half of them", "and this will"
        if any(words.kinds[p] is Kind.PRONOUN or words.lower[p] == "them" for p in subject[1:]):
            return False
        if words.kinds[_before(words, head)] is Kind.JOINT or self._may_join_nouns():
            return False
        if (len(subject) == 1 and words.kinds[start] is Kind.DETERMINER) or _is_elliptic(clause):
            return False
        sure = words.kinds[head] is Kind.AUXILIARY or not form_of(words.lower[head]) & Form.PARTICIPLE
        if sure or words.kinds[start] is Kind.PRONOUN:
            return True
        if self.joint.comma and "," not in self.words.lower[self.left.heads[0] : self.joint.start]:
            return True
        lemma = lemma_of(words.lower[head])
        return lemma in INTRANSITIVE or (takes_object(words, head) and lemma not in ("name", "call"))

    def _may_join_nouns(self) -> bool:
        """Whether the joint may rather join two nouns: "found their skill and care are not in doubt"."""
        left, group = self.left, self.left.group
        if self.joint.comma or group.main is None:
            return False
        lemma, verb = lemma_of(left.words.lower[group.main]), form_of(left.words.lower[group.main])
        if lemma in CLAUSAL:
            return not left.embedded
        # "The energy used to make steel and glass is": a participle rather than the verb
        participle = group.head == group.main and verb & Form.PARTICIPLE
        sure = lemma in INTRANSITIVE or takes_object(left.words, group.main) or len(left.subject) == 1
        return bool(participle) and not sure

    # A verb phrase that shares the subject

    def _verb_phrase(self) -> Part | None:
        subject = self.left.subject
        opening, core = _fronted(self.right)
        if not subject or self.left.is_open or not len(core) or self._is_negative():
            return None
        if subject[0].lower in PRONOUNS and self.left.opening > self.left.begin:
            return None  # "While the models have faults, they ..."
        first = next((p for p, k in enumerate(core.kinds) if k not in (Kind.ADVERB, Kind.NEGATION)), 0)
        verb = core.tokens[first]
        if core.lower[0] in ("not", "no", "none") or core.kinds[first] not in (Kind.AUXILIARY, Kind.VERB):
            return None
        if verb.hidden or verb.name or self._is_speakers(core, first):
            return None
        shared = shared_auxiliaries(self.left, core, first)
        spoken = None if shared is None else with_object(core, self.left, own_subject=False)
        if shared is None or spoken is None:
            return None
        said = Words([*again(subject), *shared, *spoken])
        if not any(Clause(said, 0, end, has_verb=True).is_one for end in segments(said, len(subject))):
            return None
        return [*again(self.frame), *opening, *said.tokens]

    def _is_negative(self) -> bool:
        """Whether a negation might hold for what stands behind the joint as well."""
        clause, words = self.left, self.words
        if not NEGATIVE & set(words.lower[clause.begin : clause.group.head]):
            return False
        return self.joint.by != "but" or words.kinds[clause.group.head - 1] is not Kind.NEGATION

    def _is_speakers(self, core: Words, first: int) -> bool:
        """Whether the verb may be the speaker's: "said he was sorry and resigned"."""
        if not self.frame or self.frame[-1].lower in (",", ":"):
            return False
        lower = core.lower[first]
        if lemma_of(lower) in _SPEAKERS:
            return True
        own = self.left.subject[0].lower in PRONOUNS
        return own and not (is_modal(lower) or lower == "had" or shared_auxiliaries(self.left, core, first))


def _before(words: Words, place: int) -> int:
    """The place of the word before `place` that is no adverb."""
    place -= 1
    while place > 0 and words.kinds[place] is Kind.ADVERB:
        place -= 1
    return place


def _begins_with(words: Words, form: Form) -> bool:
    return len(words) > 0 and words.kinds[0] is Kind.VERB and bool(form_of(words.lower[0]) & form)


def _is_elliptic(clause: Clause) -> bool:
    """Whether a verb is left out: "and France did not", "algae can as well"."""
    group, words = clause.group, clause.words
    if group.main is not None:
        return False
    rest = [kind for kind in words.kinds[group.end :] if kind not in (Kind.MARK, Kind.ADVERB, Kind.NEGATION)]
    return not rest or is_modal(words.lower[group.head])


def _fronted(words: Words) -> tuple[Part, Words]:
    """ "in 2020 won the league": the phrase that stands before the verb, as an opening, and the rest."""
    if not len(words) or words.kinds[0] is not Kind.PREPOSITION or quantity_end(words, 0):
        return [], words
    for place in range(2, min(6, len(words))):
        if words.kinds[place] is Kind.JOINT or words.lower[0] == "of":
            break
        comma = words.lower[place] == ","
        if comma or words.kinds[place] in (Kind.AUXILIARY, Kind.VERB):
            opening = [*words.tokens[:place], Token(",", None, None, spaced=False)]
            return opening, Words(words.tokens[place + comma :])
    return [], words


def _first_clause(words: Words) -> Clause | None:
    """The clause that words begin with, up to a joint or to the end."""
    for end in segments(words, 0):
        clause = Clause(words, 0, end)
        if clause.is_one:
            return clause
    return None
