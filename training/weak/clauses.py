"""A parsed sentence -> its finite clauses: subject, auxiliaries, verb, and what belongs to the verb."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from training.weak.lexicon import is_person_noun
from training.weak.parsing import Parse, Word

_FINITE = frozenset({"VBD", "VBZ", "VBP", "MD"})
_CLAUSES = frozenset({"ROOT", "conj", "ccomp", "advcl", "relcl"})
_ROLES = frozenset("dobj attr acomp prep agent ccomp xcomp advcl npadvmod advmod prt dative oprd".split())
_MENTAL = frozenset(
    "say tell ask reply answer cry think know want wish marry believe promise thank beg hope live".split()
)
QUOTES = frozenset("\"“”«»‘’'`")


@dataclass(frozen=True)
class Part:
    """What belongs to a clause's verb: an object, a phrase, an adverb, a clause."""

    role: str
    head: Word
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Clause:
    """A finite clause. `subject` is empty for none; `parts` are in the order of the text."""

    parse: Parse
    verb: Word
    subject: tuple[Word, ...]
    subject_head: Word
    auxiliaries: tuple[Word, ...]
    negated: bool
    passive: bool
    parts: tuple[Part, ...]

    @property
    def past(self) -> bool:
        """Whether the finite verb is in a past tense."""
        first = self.auxiliaries[0] if self.auxiliaries else self.verb
        return first.tag == "VBD"

    def part(self, *roles: str) -> Part | None:
        """The first part in one of these roles."""
        return next((part for part in self.parts if part.role in roles), None)


def clauses(parse: Parse) -> Iterator[Clause]:
    """The finite clauses of a sentence that can be asked about."""
    for verb in parse.words:
        if verb.pos in ("VERB", "AUX") and verb.dep in _CLAUSES:
            clause = _clause(parse, verb)
            if clause is not None:
                yield clause


def _clause(parse: Parse, verb: Word) -> Clause | None:
    children = parse.children[verb.number]
    auxiliaries = tuple(c for c in children if c.dep in ("aux", "auxpass"))
    first = auxiliaries[0] if auxiliaries else verb
    if first.tag not in _FINITE or any(a.number > verb.number or "'" in a.text for a in auxiliaries):
        return None
    if "'" in verb.text or any(c.dep == "csubj" for c in children):
        return None
    head = _subject(parse, verb)
    if head is None:
        return None
    subject = noun_phrase(parse, head) if head.dep != "expl" else (head,)
    if not subject:
        return None
    parts = tuple(
        Part(role=c.dep, head=c, words=trimmed(parse.subtree(c))) for c in children if c.dep in _ROLES
    )
    return Clause(
        parse=parse,
        verb=verb,
        subject=subject,
        subject_head=head,
        auxiliaries=auxiliaries,
        negated=any(c.dep == "neg" for c in children),
        passive=any(a.dep == "auxpass" for a in auxiliaries),
        parts=tuple(part for part in parts if part.words),
    )


def _subject(parse: Parse, verb: Word) -> Word | None:
    own = parse.child(verb, "nsubj", "nsubjpass", "expl")
    if own is not None and own.number > verb.number:
        return None  # an inverted clause
    if verb.dep == "relcl":
        if own is not None and own.tag in ("WP", "WDT") and own.dep != "expl":
            return parse.words[verb.head]
        return None  # its object or adjunct stands outside
    if own is None and verb.dep == "conj" and verb.tag in _FINITE:
        governor = parse.words[verb.head]
        if governor.pos in ("VERB", "AUX") and governor.dep in _CLAUSES and governor.tag in _FINITE:
            return _subject(parse, governor)
    return own


def noun_phrase(parse: Parse, head: Word) -> tuple[Word, ...]:
    """A noun with what belongs to it, less relative clauses, appositions and what stands in brackets."""
    left_out: set[int] = set()
    for word in parse.subtree(head):
        if word.dep in ("relcl", "appos", "parataxis", "intj", "meta") or (
            word.dep in ("acl", "advcl", "advmod", "cc", "preconj")
            and word.head == head.number
            and word.dep != "cc"
            and word.number > head.number
        ):
            left_out |= {w.number for w in parse.subtree(word)}
    kept = [w for w in parse.subtree(head) if w.number not in left_out and w.number != head.number]
    return trimmed(without_brackets(tuple(sorted([*kept, head], key=lambda w: w.number))))


def without_brackets(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words that stand outside brackets."""
    depth, kept = 0, []
    for word in words:
        if word.text in ("(", "["):
            depth += 1
        elif word.text in (")", "]"):
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(word)
    return tuple(kept)


def trimmed(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words without punctuation and blanks at their ends."""
    start, end = 0, len(words)
    while start < end and words[start].pos in ("PUNCT", "SPACE") and words[start].text not in "$%":
        start += 1
    while end > start and (
        words[end - 1].pos in ("PUNCT", "SPACE", "CCONJ") or words[end - 1].text in QUOTES
    ):
        end -= 1
    return words[start:end]


def is_person(word: Word, verb: Word | None = None) -> bool:
    """Whether "who" asks for the word, as far as entity, noun and verb tell."""
    if word.entity and word.pos == "PROPN":
        return word.entity == "PERSON"
    if word.pos == "NOUN" and is_person_noun(word.lemma):
        return True
    return verb is not None and verb.lemma in _MENTAL and not word.entity
