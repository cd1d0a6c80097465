"""The pieces of a question on a clause, in English word order: inversion, do-support, voice."""

from __future__ import annotations

import random

from training.weak.clauses import QUOTES, Clause, Part, is_person, noun_phrase
from training.weak.inflection import inflect
from training.weak.parsing import Word
from training.weak.phrasing import Phrasing

KEPT = frozenset("dobj attr acomp ccomp xcomp prt dative oprd agent".split())
"""The parts of a clause that a question always keeps; the others at times."""
_SINGULAR = {"were": "was", "are": "is", "have": "has", "do": "does"}
_NO_PASSIVE = frozenset("have be become cost lack resemble get let make".split())


class Wording:
    """Words a question on one clause. What is drawn (synonyms, parts left out) differs from call to call."""

    def __init__(self, clause: Clause, phrasing: Phrasing, rng: random.Random) -> None:
        self.clause = clause
        self.rng = rng
        self._phrasing = phrasing
        self.say = phrasing.say

    def begin(self, *, resolve: bool | None = None) -> None:
        """Start another question."""
        self._phrasing.begin(resolve=resolve)

    def who(self, head: Word) -> str:
        """ "who" or "what" for a noun."""
        subject = head.number == self.clause.subject_head.number
        return "who" if is_person(head, self.clause.verb if subject else None) else "what"

    def front(self) -> str:
        """Do-support in the clause's tense and number."""
        if self.clause.past:
            return "did"
        return "does" if self.clause.verb.tag == "VBZ" else "do"

    def subject(self) -> str:
        """The clause's subject."""
        return self.say(self.clause.subject)

    def inverted(self, without: Part | None, *, then: str = "") -> str:
        """The clause after a question word: auxiliary, subject, verb, parts; `then` comes after the verb."""
        clause, verb = self.clause, self.clause.verb
        if clause.auxiliaries:
            first, *others = (_full(w.lower) for w in clause.auxiliaries)
            said = self._phrasing.verb(verb, verb.tag)
        elif verb.lemma == "be":
            first, others, said = verb.lower, [], ""
        else:
            first, others, said = self.front(), [], self._phrasing.verb(verb, "VB")
        contracted = clause.negated and self.rng.random() < 0.6 and (short := contraction(first))
        negation = "not" if clause.negated and not contracted else ""
        pieces = [short if contracted else first, self.subject(), negation, *others, said, then]
        return " ".join(p for p in [*pieces, self.rest(without)] if p)

    def predicate(self, *, one: bool = False) -> str:
        """The clause without its subject; `one` if "who" or "what" is the subject, which takes a singular."""
        clause, verb = self.clause, self.clause.verb
        first = [_full(w.lower) for w in clause.auxiliaries]
        said = verb.text if verb.lemma in ("be", "have") else self._phrasing.verb(verb, verb.tag) or ""
        if one and first:
            first[0] = _SINGULAR.get(first[0], first[0])
        elif one:
            said = _SINGULAR.get(said, said)
            said = (
                (self._phrasing.verb(verb, "VBZ") or "") if verb.tag == "VBP" and verb.lemma != "be" else said
            )
        negation = ["not"] if clause.negated else []
        pieces = [*first[:1], *negation, *first[1:], said] if first else [said, *negation]
        return " ".join(p for p in [*pieces, self.rest(None)] if p)

    def active(self) -> str:
        """The predicate of a passive clause in the active voice: "was written by" as "wrote"."""
        tag = "VBD" if self.clause.past else "VBZ"
        return " ".join(
            [self._phrasing.verb(self.clause.verb, tag) or "", self.subject(), self.rest(None, agent=False)]
        )

    def passive(self, thing: Part | None) -> tuple[str, str, str] | None:
        """An active clause's "was", participle and object, to ask in the passive; None if it has none."""
        clause = self.clause
        if (
            thing is None
            or clause.auxiliaries
            or clause.negated
            or clause.passive
            or thing.head.pos == "PRON"
        ):
            return None
        if clause.parse.text.count('"') or clause.verb.lemma in _NO_PASSIVE:
            return None  # the object of a verb of saying is often its subject
        if clause.part("dative", "prt", "ccomp", "xcomp", "oprd"):
            return None
        done = inflect(clause.verb.lemma.lower(), "VBN")
        words = noun_phrase(clause.parse, thing.head)
        if done is None or any(w.tag == "PRP$" for w in words) or "self" in clause.parse.slice(thing.words):
            return None
        plural = thing.head.tag in ("NNS", "NNPS") or any(w.dep == "conj" for w in thing.words)
        be = ("were" if plural else "was") if clause.past else ("are" if plural else "is")
        return be, done, self.say(words)

    def rest(self, without: Part | None, *, agent: bool = True) -> str:
        """The clause's other parts, optional ones at times, in their order; those in front go to the end."""
        behind: list[Part] = []
        front: list[Part] = []
        for part in self.clause.parts:
            if without is not None and part.head.number == without.head.number:
                continue
            if part.role == "agent" and not agent:
                continue
            if any(w.text in QUOTES for w in part.words) or (
                part.role == "ccomp" and not self._is_said(part)
            ):
                continue
            if part.role not in KEPT and self.rng.random() > self._share(part):
                continue
            (front if part.head.number < self.clause.verb.number else behind).append(part)
        return " ".join(self.text(part) for part in [*behind, *front])

    def text(self, part: Part) -> str:
        """A part's words; an object without what explains it."""
        short = part.role in ("dobj", "attr")
        return self.say(noun_phrase(self.clause.parse, part.head) if short else part.words)

    def _is_said(self, part: Part) -> bool:
        """Whether a clause is the verb's own object, not words quoted before or after it."""
        subject = self.clause.parse.child(part.head, "nsubj", "nsubjpass", "expl")
        return subject is not None and part.words[0].number == self.clause.verb.number + 1

    def _share(self, part: Part) -> float:
        if part.role == "advmod":
            return 0.25
        if part.role == "prep":
            near = part.head.number == self.clause.verb.number + 1
            if near and self.clause.part("dobj", "attr", "acomp") is None:
                return 1.0  # more often a complement than a circumstance
            return 0.5 if len(part.words) < 9 else 0.12
        return 0.25 if len(part.words) < 10 else 0.08


def contraction(auxiliary: str) -> str | None:
    """An auxiliary with "not" in one word; None where that is not said."""
    if auxiliary in ("can", "will", "shall"):
        return {"can": "can't", "will": "won't", "shall": None}[auxiliary]
    return None if auxiliary in ("am", "may", "be") else f"{auxiliary}n't"


def _full(auxiliary: str) -> str:
    return {"ca": "can", "wo": "will", "sha": "shall"}.get(auxiliary, auxiliary)
