"""Passages with their sentences parsed, and what may be said of them: names, numbers, who a pronoun means."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rag.background import stem_idf, stems
from training.weak.clauses import is_person
from training.weak.parsing import Parse, Parser, Word

_FUNCTION = frozenset(
    """the a an of in on at to for from by with and or but as is are was were be been being do does did have
    has had who whom whose what which when where why how that this these those it it he she they his her
    their them him i you we not no into than then so if there s t can could will would shall should may
    might must such its about over after before during also many much""".split()
)
_CITATION = re.compile(r"\[[^\]]*\]|\([^)]*\)")
_MALE = frozenset(
    "man boy king prince father son brother husband uncle lad lord wizard grandfather duke".split()
)
_FEMALE = frozenset(
    "woman girl queen princess mother daughter sister wife aunt maiden lady witch widow grandmother".split()
)


@lru_cache(maxsize=200_000)
def content(text: str) -> frozenset[str]:
    """The stems of a text's content words."""
    return frozenset(stem for stem in stems(text) if stem not in _FUNCTION)


def share(wanted: Iterable[str], found: frozenset[str]) -> float:
    """How much of the background IDF of `wanted` is in `found`, from 0 to 1."""
    weights = {stem: 0.1 + stem_idf(stem) for stem in wanted}
    # Exact sums, for sets come in another order in every run.
    here = math.fsum(weight for stem, weight in weights.items() if stem in found)
    return here / max(math.fsum(weights.values()), 1e-9)


@dataclass(frozen=True)
class Page:
    """A passage of an article, its sentences parsed. `consecutive` if they stood together in the article."""

    title: str
    group: str
    sentences: tuple[str, ...]
    parses: tuple[Parse, ...]
    consecutive: bool

    @cached_property
    def contents(self) -> tuple[frozenset[str], ...]:
        """The content stems of each sentence."""
        return tuple(content(sentence) for sentence in self.sentences)

    @cached_property
    def prose(self) -> tuple[bool, ...]:
        """Whether each sentence is one: not a heading, a reference, a row of a table."""
        return tuple(is_prose(parse) for parse in self.parses)

    def answered_elsewhere(self, question: str, *, apart: Sequence[int], limit: float = 0.999) -> bool:
        """Whether a sentence that is not in `apart` holds as much of the question's content as `limit`."""
        wanted = content(question)
        return any(share(wanted, found) >= limit for n, found in enumerate(self.contents) if n not in apart)

    def names(self, number: int) -> dict[str, str]:
        """What to say for the personal pronouns of a sentence, where that is plain enough."""
        before = self.parses[max(0, number - 1) : number] if self.consecutive else ()
        people = [word for parse in before for word in _subjects(parse) if is_person(word)]
        found: dict[str, str] = {}
        if self.title.startswith("article "):  # a paper without its title, whose "we" are its authors
            found["we"] = "the authors"
        if not before and _is_name(self.title) and not self.consecutive:
            name = re.sub(r"\s*\([^)]*\)", "", self.title)
            found |= dict.fromkeys(("he", "she", "him", "his"), name)
        for pronouns, others in ((("he", "him", "his"), _FEMALE), (("she", "her"), _MALE)):
            chosen = {
                w.lower: w for w in people if w.lemma.lower() not in others and w.tag not in ("NNS", "NNPS")
            }
            if len(chosen) == 1:
                name = said(before[-1], next(iter(chosen.values())))
                found |= dict.fromkeys(pronouns, name)
        return found


def said(parse: Parse, head: Word) -> str:
    """A noun with its determiner and modifiers right before it, as a name to be repeated."""
    kept = [head]
    for word in reversed(parse.words[: head.number]):
        if word.head != kept[-1].number and word.head != head.number:
            break
        if word.dep not in ("det", "compound", "amod", "nmod"):
            break
        kept.append(word)
    text = parse.slice(reversed(kept))
    text = text if kept[-1].pos == "PROPN" else text[0].lower() + text[1:]
    return re.sub(r"^(a|an) ", "the ", text)


def _subjects(parse: Parse) -> list[Word]:
    return [w for w in parse.words if w.dep in ("nsubj", "nsubjpass") and w.pos in ("NOUN", "PROPN")]


def _is_name(title: str) -> bool:
    return (
        bool(re.fullmatch(r"[A-Z][\w.'-]+( [A-Z][\w.'-]+){1,2}( \([^)]*\))?", title)) and " of " not in title
    )


def is_prose(parse: Parse) -> bool:
    """Whether a text is a whole sentence of words, long enough to ask about and short enough to read."""
    text = _CITATION.sub("", parse.text).strip()
    words = [w for w in parse.words if w.pos not in ("PUNCT", "SPACE")]
    if (
        not 5 <= len(words) <= 60
        or text[-1:] not in '.!?"”’'
        or not (text[:1].isupper() or text[:1] in '"“‘')
    ):
        return False
    odd = sum(c.isdigit() or c in "=<>/|{}@#*_~^" for c in text)
    capitals = sum(w.text[:1].isupper() and len(w.text) > 1 for w in words)
    finite = any(w.tag in ("VBD", "VBZ", "VBP", "MD") for w in words)
    return odd < 0.08 * len(text) and capitals < 0.5 * len(words) and finite and "http" not in text


def page(
    title: str, group: str, sentences: Sequence[str], parser: Parser, *, consecutive: bool = True
) -> Page:
    """Parse a passage."""
    return Page(
        title=title,
        group=group,
        sentences=tuple(sentences),
        parses=tuple(parser.parse(sentence) for sentence in sentences),
        consecutive=consecutive,
    )
