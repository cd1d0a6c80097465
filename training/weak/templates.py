"""Wh-questions from a clause: a constituent is taken out, the rest is asked in English word order."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from training.weak.clauses import Clause, Part, noun_phrase, trimmed
from training.weak.parsing import Word
from training.weak.phrasing import Phrasing, join
from training.weak.places import asks_how, asks_when, asks_where, kind_of_name
from training.weak.wording import KEPT, Wording
from training.weak.words import FEELINGS

_REASONS = ("because of", "due to", "owing to", "as a result of", "thanks to")
_WANTED = frozenset(
    """want try decide wish begin agree refuse promise plan attempt aim need hope intend offer seek
    learn""".split()
)


@dataclass(frozen=True)
class Draft:
    """A question and the words of its sentence that answer it (start, end in characters)."""

    question: str
    start: int
    end: int
    form: str


def drafts(clause: Clause, phrasing: Phrasing, rng: random.Random) -> Iterator[Draft]:
    """All the questions that a clause gives, good or not."""
    asker = _Asker(Wording(clause, phrasing, rng))
    if clause.subject_head.dep == "expl":
        thing = clause.part("attr")
        yield from asker.about_part(thing) if thing is not None else ()
        return
    yield from asker.about_subject()
    for part in clause.parts:
        yield from asker.about_part(part)
    yield from asker.about_deed()


def whether(clause: Clause, phrasing: Phrasing, rng: random.Random) -> str:
    """A yes/no question on the whole clause."""
    wording = Wording(clause, phrasing, rng)
    wording.begin(resolve=clause.subject_head.pos == "PRON")
    return join([wording.inverted(None)])


class _Asker:
    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._clause = wording.clause
        self._rng = wording.rng
        wording.begin(resolve=self._clause.subject_head.pos == "PRON")

    def about_subject(self) -> Iterator[Draft]:
        clause, head, wording = self._clause, self._clause.subject_head, self._wording
        if head.pos == "PRON":
            return
        wh = wording.who(head)
        yield self._draft("subject", [wh, wording.predicate(one=True)], clause.subject)
        if wh == "what" and head.pos == "NOUN" and len(clause.subject) > 1:
            kind = self._rng.choice(["which", "what"])
            yield self._draft("which", [kind, head.text, wording.predicate()], clause.subject)
        yield from self._subject_in_passive(wh)
        yield from self._counted(clause.subject, head, None)
        yield from self._possessor(clause.subject, head)
        yield from self._besides(clause.subject, head, None)

    def about_part(self, part: Part) -> Iterator[Draft]:
        handlers = {
            "dobj": self._object,
            "attr": self._attribute,
            "acomp": self._quality,
            "prep": self._phrase,
            "agent": self._agent,
            "advcl": self._circumstance,
            "npadvmod": self._time,
            "advmod": self._manner,
            "ccomp": self._content,
            "xcomp": self._purpose,
        }
        if part.role in handlers:
            yield from handlers[part.role](part)

    def about_deed(self) -> Iterator[Draft]:
        """What did X do when ...? The verb and its object answer."""
        clause, wording = self._clause, self._wording
        circumstances = (
            p
            for p in clause.parts
            if p.role == "advcl" and _mark(clause, p) in ("when", "after", "before", "while")
        )
        when, thing = next(circumstances, None), clause.part("dobj")
        if (
            when is None
            or thing is None
            or clause.passive
            or clause.auxiliaries
            or clause.verb.lemma in ("be", "have")
        ):
            return
        verb = clause.verb.number
        words = [w for p in clause.parts if p.role in KEPT for w in p.words if w.number > verb]
        if not words or thing.head.number < verb or verb < when.words[0].number < words[-1].number:
            return
        asked = ["what", wording.front(), wording.subject(), "do", wording.text(when)]
        yield self._draft("deed", asked, (clause.verb, *words))

    def _object(self, part: Part) -> Iterator[Draft]:
        head, wording = part.head, self._wording
        if head.pos == "PRON":
            return
        wh = wording.who(head)
        words = noun_phrase(self._clause.parse, head)
        yield self._draft("object", [wh, wording.inverted(part)], words)
        if wh == "what" and head.pos == "NOUN" and any(w.dep in ("amod", "compound") for w in words):
            kind = self._rng.choice(["which", "what", "what kind of"])
            yield self._draft("which", [kind, head.text, wording.inverted(part)], words)
        yield from self._counted(words, head, part)
        yield from self._besides(words, head, part)
        form = wording.passive(part)
        if form is not None and self._clause.subject_head.dep == "nsubj" and self._rng.random() < 0.5:
            asked = [
                wh,
                "was" if form[0] == "were" else form[0],
                form[1],
                "by",
                wording.subject(),
                wording.rest(part),
            ]
            yield self._draft("passive", asked, words)

    def _attribute(self, part: Part) -> Iterator[Draft]:
        clause, head, wording = self._clause, part.head, self._wording
        if head.pos not in ("NOUN", "PROPN") or clause.verb.lemma not in ("be", "become"):
            return
        words = noun_phrase(clause.parse, head)
        yield from self._counted(words, head, part)
        if clause.subject_head.dep != "expl":
            person = wording.who(clause.subject_head) == "who" and clause.verb.lemma == "be"
            yield self._draft("definition", ["who" if person else "what", wording.inverted(part)], words)

    def _quality(self, part: Part) -> Iterator[Draft]:
        wording = self._wording
        feels = self._clause.verb.lemma in ("be", "feel", "become", "grow", "look")
        if part.head.lower in FEELINGS and feels and not self._clause.negated:
            asked = ["how", wording.front(), wording.subject(), "feel", wording.rest(part)]
            yield self._draft("feeling", asked, part.words)
        elif part.head.lower == "old":
            yield self._draft("age", ["how old", wording.inverted(part)], part.words)

    def _phrase(self, part: Part) -> Iterator[Draft]:
        parse, prep, wording = self._clause.parse, part.head, self._wording
        thing = parse.child(prep, "pobj")
        if parse.slice(part.words).lower().startswith(_REASONS):
            yield self._draft("why", ["why", wording.inverted(part)], part.words)
            return
        if thing is None:
            if parse.child(prep, "pcomp") is not None and prep.lower == "by":
                yield self._draft("how", ["how", wording.inverted(part)], part.words)
            return
        words = noun_phrase(parse, thing)
        if thing.pos == "PRON" or not words:
            return
        when, where = asks_when(prep, words, self._rng), asks_where(prep, thing, words)
        wh = when or where
        if wh is not None:
            tail = "from" if where and prep.lower == "from" else None
            yield self._draft("when" if when else "where", [wh, wording.inverted(part), tail], words)
        elif prep.number > self._clause.verb.number and not thing.entity and prep.lower != "as":
            yield self._in_phrase(part, words, wording.who(thing))
        kind = kind_of_name(thing)
        if kind is not None:
            yield self._draft("typed", [prep.lower, "which", kind, wording.inverted(part)], words)
        yield from self._counted(words, thing, part, prep=prep.lower)

    def _in_phrase(self, part: Part, words: tuple[Word, ...], wh: str) -> Draft:
        prep = part.head.lower
        if self._rng.random() < 0.3:
            asked = [prep, "whom" if wh == "who" else wh, self._wording.inverted(part)]
        else:
            asked = [wh, self._wording.inverted(part), prep]
        return self._draft("phrase", asked, words)

    def _agent(self, part: Part) -> Iterator[Draft]:
        clause, wording = self._clause, self._wording
        thing = clause.parse.child(part.head, "pobj")
        if thing is None or thing.pos == "PRON":
            return
        words, wh = noun_phrase(clause.parse, thing), wording.who(thing)
        yield self._draft("agent", ["by", "whom" if wh == "who" else wh, wording.inverted(part)], words)
        yield self._draft("agent", [wh, wording.inverted(part), "by"], words)
        if len(clause.auxiliaries) == 1 and not clause.negated:
            yield self._draft("active", [wh, wording.active()], words)

    def _subject_in_passive(self, wh: str) -> Iterator[Draft]:
        clause, wording, thing = self._clause, self._wording, self._clause.part("dobj")
        form = wording.passive(thing)
        if form is not None:
            be, done, words = form
            rest = wording.rest(thing)
            first = self._rng.random() < 0.5
            asked = (
                ["by", "whom" if wh == "who" else wh, be, words, done, rest]
                if first
                else [wh, be, words, done, "by", rest]
            )
            yield self._draft("passive", asked, clause.subject)

    def _circumstance(self, part: Part) -> Iterator[Draft]:
        mark, asked = _mark(self._clause, part), self._wording.inverted(part)
        text = self._clause.parse.slice(part.words).lower()
        purpose = part.head.tag == "VB" and part.words[0].lower in ("to", "in", "so")
        if mark == "because" or purpose or text.startswith("so that"):
            yield self._draft("why", ["why", asked], part.words)
        elif mark in ("when", "after", "before", "until"):
            yield self._draft("when", ["when", asked], part.words)
        elif part.head.tag == "VBG" and part.words[0].lower in ("by", "using"):
            yield self._draft("how", ["how", asked], part.words)

    def _time(self, part: Part) -> Iterator[Draft]:
        if part.head.entity == "DATE" and part.words[0].lower not in ("every", "each", "all"):
            yield self._draft("when", ["when", self._wording.inverted(part)], part.words)

    def _manner(self, part: Part) -> Iterator[Draft]:
        if len(part.words) == 1 and asks_how(part.head.lower):
            yield self._draft("how", ["how", self._wording.inverted(part)], part.words)

    def _content(self, part: Part) -> Iterator[Draft]:
        other = self._clause.part("dobj", "acomp", "attr")
        if part.head.number > self._clause.verb.number and not self._clause.passive and other is None:
            yield self._draft("content", ["what", self._wording.inverted(part)], part.words)

    def _purpose(self, part: Part) -> Iterator[Draft]:
        if part.words[0].lower == "to" and self._clause.verb.lemma in _WANTED:
            asked = ["what", self._wording.inverted(part, then="to do")]
            yield self._draft("purpose", asked, part.words[1:])

    def _counted(
        self, words: tuple[Word, ...], head: Word, part: Part | None, prep: str | None = None
    ) -> Iterator[Draft]:
        """How many ...? The number of a counted noun answers."""
        number = next((w for w in words if w.dep == "nummod" and w.head == head.number), None)
        if number is None or number.entity not in ("CARDINAL", "QUANTITY", "PERCENT") or head.tag != "NNS":
            return
        amount = tuple(w for w in self._clause.parse.subtree(number) if w.entity)
        after = tuple(w for w in words if w.number > number.number)
        if not amount or not after or after[0].text == "-" or words[0].number < amount[0].number:
            return
        rest = self._wording.predicate() if part is None else self._wording.inverted(part)
        yield self._draft("how many", [prep, "how many", self._wording.say(after), rest], amount)

    def _possessor(self, words: tuple[Word, ...], head: Word) -> Iterator[Draft]:
        owner = self._clause.parse.child(head, "poss")
        if owner is None or owner.pos == "PRON":
            return
        phrase = self._clause.parse.subtree(owner)
        after = tuple(w for w in words if w.number > phrase[-1].number)
        own = trimmed(tuple(w for w in phrase if w.dep != "case"))
        if after and own:
            yield self._draft("whose", ["whose", self._wording.say(after), self._wording.predicate()], own)

    def _besides(self, words: tuple[Word, ...], head: Word, part: Part | None) -> Iterator[Draft]:
        """Besides A, who ...? of "A and B": B answers."""
        parse, wording = self._clause.parse, self._wording
        other = parse.child(head, "conj")
        if other is None or parse.child(other, "conj") is not None or parse.child(head, "cc") is None:
            return
        second = noun_phrase(parse, other)
        first = trimmed(tuple(w for w in words if second and w.number < second[0].number))
        if not first or not second or len(first) > 5 or (self._clause.auxiliaries and part is None):
            return
        wh = wording.who(head)
        said = f"{self._rng.choice(['besides', 'other than', 'apart from'])} {wording.say(first)}"
        asked = [wh, wording.predicate(one=True) if part is None else wording.inverted(part)]
        yield self._draft(
            "besides", [f"{said},", *asked] if self._rng.random() < 0.6 else [*asked, said], second
        )

    def _draft(self, form: str, pieces: Sequence[str | None], answer: tuple[Word, ...]) -> Draft:
        self._wording.begin()
        start, end = (answer[0].start, answer[-1].end) if answer else (0, 0)
        return Draft(question=join(pieces), start=start, end=end, form=form)


def _mark(clause: Clause, part: Part) -> str:
    mark = clause.parse.child(part.head, "mark", "advmod")
    return mark.lower if mark is not None and mark.number <= part.words[0].number else ""
