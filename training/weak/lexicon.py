"""What may be said instead of a word, in the same sense or in another: hand lists and WordNet's.

`lexicon.tsv` is made by `python -m training.weak.make_lexicon`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from training.weak.inflection import inflect, plural
from training.weak.words import ANTONYMS, PEOPLE, SYNONYMS

_TABLE = Path(__file__).parent / "lexicon.tsv"
_VAGUE = frozenset(
    """thing quality activity act state group part unit amount way kind happening event attribute relation
    material structure instrument device substance quantity whole something region move matter time worth
    person message communication idea""".split()
)


@dataclass(frozen=True)
class Entry:
    """The words that a word may be changed for; all are base forms."""

    synonyms: tuple[str, ...] = ()
    broader: tuple[str, ...] = ()
    siblings: tuple[str, ...] = ()
    opposites: tuple[str, ...] = ()
    person: tuple[str, ...] = ()


@cache
def _entries() -> dict[tuple[str, str], Entry]:
    found = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            pos, word, *fields = line.split("\t")
            found[pos, word] = Entry(*(tuple(f.split(",")) if f else () for f in fields))
    return found


def entry(pos: str, lemma: str) -> Entry:
    """What WordNet has for a word in its most frequent sense; empty if nothing."""
    return _entries().get((pos, lemma.lower()), Entry())


def is_person_noun(lemma: str) -> bool:
    """Whether a noun names people."""
    return lemma.lower() in PEOPLE or bool(entry("NOUN", lemma).person)


def synonyms(pos: str, lemma: str, tag: str) -> tuple[str, ...]:
    """What may be said for a word, in the form of its tag; the hand list's come first."""
    own = SYNONYMS.get((pos, lemma.lower()))
    bases = (*((own,) if own else ()), *entry(pos, lemma).synonyms)
    return tuple(form for base in bases if (form := form_of(base, tag)))


def broader(noun: str, tag: str) -> str | None:
    """A broader noun, as in "the moose ... the deer"; None if there is none that says anything."""
    above = [w for w in entry("NOUN", noun).broader if w not in _VAGUE]
    return form_of(above[0], tag) if above else None


def opposites(word: str, pos: str, lemma: str, tag: str) -> tuple[str, ...]:
    """Words of opposite or incompatible meaning, in the form of the tag."""
    bases = (*entry(pos, lemma).opposites, *(entry(pos, lemma).siblings[:2] if pos == "ADJ" else ()))
    return (*ANTONYMS.get(word.lower(), ()), *(form for base in bases if (form := form_of(base, tag))))


def siblings(pos: str, lemma: str, tag: str) -> tuple[str, ...]:
    """Other words of the same sort ("cow" for "goat"), in the form of the tag."""
    return tuple(form for base in entry(pos, lemma).siblings if (form := form_of(base, tag)))


def form_of(base: str, tag: str) -> str | None:
    """A base form inflected for a tag; None for a form that is not made."""
    first, *rest = base.split()
    form = plural(first) if tag == "NNS" else first if tag in ("NN", "JJ", "RB") else inflect(first, tag)
    return None if form is None else " ".join([form, *rest])
