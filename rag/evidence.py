"""Ranked sentences -> the evidence that an answer consists of.

The best sentence comes first; what it can't stand without comes with it, and so do other sentences that
answer as well. The rules are for English and are listed in docs/answers.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

from rag.background import stem_idf, stems, words
from rag.errors import IndexBusyError
from rag.ranker import RankedSentence
from rag.schema import Evidence, Passage, Sentence, SentenceKind

ALSO_ANSWERS = 0.5  # a further sentence is cited when it answers more likely than not
SAME_WORDS = 0.8  # Jaccard similarity of stems from which two sentences say the same
SAYS_SOMETHING = 0.1  # the background IDF from which a word by itself makes a difference
SHOWN = 5  # pieces of evidence in `Answer.evidence`
_COMPLETED = 3  # sentences at most, where one can't stand alone
_QUOTED = 2  # of a quote for or against a claim

_NOT = "not"
_NEGATIONS = frozenset("no not never none nor neither without nobody nothing cannot".split())

_CONNECTIVE = r"(?:(?:and|but|so|yet|still|then|also|however|meanwhile|instead|later|thus|therefore),?\s+)*"
# "It is clear that ..." stands alone; "It is in the north." doesn't.
_EXPLETIVE = r"(?!it(?:'s|’s|\s+(?:is|was|will be|would be|has been|may be))\b[^.]*\b(?:that|to|whether)\b)"
_LEANS_BACK = re.compile(
    rf"^[\"“«'‘]?{_CONNECTIVE}{_EXPLETIVE}"
    r"(?:he|she|they|it|his|her|their|its|him|them|this|that|these|those|such|both|neither|"
    r"the (?:former|latter|two|pair|same))\b(?!-)",
    re.IGNORECASE,
)
_POINTS_AHEAD = re.compile(
    r"(?:\b(?:certain|some|several|various|many|numerous|strict|following|new|other|these|two|three|four|five|six|"
    r"a (?:few|number of|series of|set of|list of))\s+(?:\w+\s+){0,2}"
    r"(?:restrictions?|conditions?|limits?|limitations?|exceptions?|caveats?|reasons?|terms|requirements?|rules|"
    r"steps|measures|ways|changes|demands|points|factors|concessions?|safeguards?|options|exemptions?|strings)"
    r"|\bas follows|\bthe following|:)[\s.:;\"”’)]*$",
    re.IGNORECASE,
)


class RankAgain(Protocol):
    """Ranks the sentences that are left once some are taken."""

    def __call__(self, taken: Sequence[RankedSentence]) -> Sequence[RankedSentence]:
        """The others, best first, judged as if those taken were not there."""


class Neighbours(Protocol):
    """Gives the passages before and after one in its article."""

    def __call__(self, passage: Passage) -> tuple[Passage | None, Passage | None]:
        """The passage before and the one after; None at the ends of the article."""


class _Surroundings:
    """Consecutive passages of an article: the sentences in order, and the text they stand in."""

    def __init__(self, parts: Sequence[Passage]) -> None:
        if any(part.end != following.start for part, following in pairwise(parts)):
            # Offsets of two versions of the article: a quote cut by them would not be the article's.
            raise IndexBusyError("An article was replaced while it was read. Ask again.")
        self._parts = tuple(parts)
        self._start = parts[0].start
        self._text = "".join(part.text for part in parts)
        self.sentences = tuple(sentence for part in parts for sentence in part.sentences)

    @classmethod
    def of(cls, passage: Passage, neighbours: Neighbours) -> _Surroundings:
        """A passage between its neighbours."""
        before, after = neighbours(passage)
        return cls([part for part in (before, passage, after) if part is not None])

    def joined(self, other: _Surroundings) -> _Surroundings:
        """Both, which overlap or touch, as one."""
        parts = {part.start: part for part in (*self._parts, *other._parts)}
        return _Surroundings([parts[start] for start in sorted(parts)])

    def passage_id(self, start: int) -> str:
        """The passage in which the sentence lies that starts at `start`."""
        return next(part.id for part in self._parts if part.start <= start < part.end)

    def text(self, start: int, end: int) -> str:
        """The article's characters from `start` to `end`."""
        return self._text[start - self._start : end - self._start]

    def span(self, sentence: Sentence, *, most: int) -> tuple[Sentence, ...]:
        """The sentence with those that it can't stand without, `most` in all."""
        first = last = self.sentences.index(sentence)
        # 1. to the start of its quotation, then to its end
        while self.sentences[first].in_quotation and self._goes_on(first - 1, last, most):
            first -= 1
        while self._in_quotation(last + 1) and self._goes_on(first, last + 1, most):
            last += 1
        # 2. back to what "he" or "this" refers to
        while self._leans_back(first) and self._goes_on(first - 1, last, most):
            first -= 1
        # 3. on to what is announced
        while self._points_ahead(last) and self._goes_on(first, last + 1, most):
            last += 1
        return self.sentences[first : last + 1]

    def follow(self, sentence: Sentence, later: Sentence) -> bool:
        """Whether `later` is the next sentence after `sentence`."""
        if sentence not in self.sentences or later not in self.sentences:
            return False
        return self.sentences.index(later) == self.sentences.index(sentence) + 1

    def _in_quotation(self, place: int) -> bool:
        return place < len(self.sentences) and self.sentences[place].in_quotation

    def _leans_back(self, place: int) -> bool:
        sentence = self.sentences[place]
        return bool(_LEANS_BACK.match(self.text(sentence.start, sentence.end)))

    def _points_ahead(self, place: int) -> bool:
        sentence = self.sentences[place]
        return bool(_POINTS_AHEAD.search(self.text(sentence.start, sentence.end)))

    def _goes_on(self, first: int, last: int, most: int) -> bool:
        """Whether sentences `first` to `last` may be cited together: all body, and not too many."""
        if first < 0 or last >= len(self.sentences) or last - first >= most:
            return False
        kinds = {sentence.kind for sentence in self.sentences[first : last + 1]}
        return kinds == {SentenceKind.BODY}


@dataclass(frozen=True, kw_only=True)
class _Span:
    """Consecutive sentences of one article, `rank` being that of the best of them."""

    article_id: str
    around: _Surroundings
    sentences: tuple[Sentence, ...]
    probability: float
    rank: int

    @property
    def start(self) -> int:
        """Where it starts in the article."""
        return self.sentences[0].start

    @property
    def end(self) -> int:
        """Where it ends in the article."""
        return self.sentences[-1].end

    @property
    def text(self) -> str:
        """The article's characters from start to end."""
        return self.around.text(self.start, self.end)


def select_evidence(
    ranked: Sequence[RankedSentence],
    *,
    titles: Mapping[str, str],
    threshold: float,
    most: int,
    neighbours: Neighbours,
    best_first: bool = False,
    again: RankAgain | None = None,
) -> tuple[Evidence, ...]:
    """The evidence to answer with: about `most` sentences, in article order; empty when none is sure enough.

    With `best_first` the sentence that answers best stands first, wherever it is in its article.

    `ranked` is best first; `threshold` is the lowest probability (0 to 1) to answer with. Sentences next to
    each other in a paragraph become one piece of evidence. What the best sentence can't stand without
    comes with it even where that makes more than `most` sentences, up to three. `again` ranks what is left
    once some sentences are taken, so that a further one must answer beside them; without it the first
    ranking stands. Raises IndexBusyError when `neighbours` gives passages of another version of the article.
    """
    # Where no candidate has a body sentence, headings and captions are ranked, to be shown as the nearest.
    ranked = [sentence for sentence in ranked if sentence.row.sentence.kind is SentenceKind.BODY]
    if not ranked or ranked[0].probability < threshold:
        return ()
    spans: list[_Span] = []
    taken: list[RankedSentence] = []
    left: Sequence[RankedSentence] = ranked
    while left:
        sentence = left[0]
        used = sum(len(span.sentences) for span in spans)
        if spans and (used >= most or sentence.probability < max(threshold, ALSO_ANSWERS)):
            break
        span = _complete(
            sentence, len(taken), neighbours=neighbours, most=most - used if spans else max(most, _COMPLETED)
        )
        if not _is_said(span, spans):
            spans.append(span)
        taken.append(sentence)
        left = again(taken) if again is not None and used < most else left[1:]
    parts = _split_paragraphs(_merged(spans))
    ordered = sorted(parts, key=lambda span: span.rank) if best_first else _in_article_order(parts)
    return tuple(_evidence(span, titles) for span in ordered)


def nearest_evidence(ranked: Iterable[RankedSentence], titles: Mapping[str, str]) -> tuple[Evidence, ...]:
    """The best sentences with what they can't stand without in their passage, best first, each once."""
    spans: list[_Span] = []
    for rank, sentence in enumerate(ranked):
        span = _complete(sentence, rank, neighbours=_no_neighbours, most=_COMPLETED)
        if not _is_said(span, spans):
            spans.append(span)
        if len(spans) == SHOWN:
            break
    return tuple(_evidence(span, titles) for span in spans)


def quote_of(
    passage: Passage,
    sentence: Sentence,
    *,
    title: str,
    score: float,
    neighbours: Neighbours | None,
    most: int = _QUOTED,
) -> Evidence:
    """A sentence with what it can't stand without, in its own paragraph, `most` sentences in all.

    `score` is the evidence's. Without `neighbours` nothing is taken from other passages.
    """
    around = _Surroundings.of(passage, neighbours or _no_neighbours)
    own = [s for s in around.span(sentence, most=most) if s.paragraph == sentence.paragraph]
    start, end = own[0].start, own[-1].end
    return Evidence(
        article_id=passage.article_id,
        passage_id=around.passage_id(start),
        title=title,
        text=around.text(start, end),
        start=start,
        end=end,
        score=score,
    )


def _no_neighbours(passage: Passage) -> tuple[None, None]:
    return None, None


def _complete(sentence: RankedSentence, rank: int, *, neighbours: Neighbours, most: int) -> _Span:
    passage = sentence.row.candidate.passage
    around = _Surroundings.of(passage, neighbours)
    return _Span(
        article_id=passage.article_id,
        around=around,
        sentences=around.span(sentence.row.sentence, most=most),
        probability=sentence.probability,
        rank=rank,
    )


def _is_said(span: _Span, others: Sequence[_Span]) -> bool:
    """Whether others hold the same characters already, or say the same in nearly the same words."""
    for other in others:
        if other.article_id == span.article_id and set(span.sentences) <= set(other.sentences):
            return True
        if _say_the_same(_sense(span.text), _sense(other.text)):
            return True
    return False


def _sense(text: str) -> frozenset[str]:
    """The stems of a text, negations among them: "didn't" has the stem of "did"."""
    negated = any(word.lower().endswith(("n't", "n’t")) for word in words(text))
    return frozenset(stems(text)) | ({_NOT} if negated else frozenset())


def _say_the_same(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two texts share nearly all words, and do not contradict each other by the rest.

    "Twelve were hurt." and "Nine were hurt." differ by a word on each side; "did", "didn't" by a negation.
    """
    if len(one & other) < SAME_WORDS * max(1, len(one | other)) or (one ^ other) & _NEGATIONS:
        return False
    return not all(
        any(stem_idf(stem) >= SAYS_SOMETHING for stem in own) for own in (one - other, other - one)
    )


def _merged(spans: Sequence[_Span]) -> list[_Span]:
    """Join spans that overlap or have no sentence between them, so that none is cited twice."""
    merged: list[_Span] = []
    for span in sorted(spans, key=lambda s: (s.article_id, s.start)):
        if not merged or not _touch(merged[-1], span):
            merged.append(span)
            continue
        last = merged[-1]
        behind = tuple(sentence for sentence in span.sentences if sentence.start >= last.end)
        merged[-1] = replace(
            last,
            around=last.around.joined(span.around),
            sentences=last.sentences + behind,
            probability=max(last.probability, span.probability),
            rank=min(last.rank, span.rank),
        )
    return merged


def _touch(span: _Span, later: _Span) -> bool:
    if span.article_id != later.article_id:
        return False
    # The surroundings of the one hold the other, or they are a passage apart.
    return later.start <= span.end or span.around.follow(span.sentences[-1], later.sentences[0])


def _split_paragraphs(spans: Iterable[_Span]) -> list[_Span]:
    """One span for each paragraph, for a quote with a paragraph break in it reads badly."""
    parts = []
    for span in spans:
        for paragraph in dict.fromkeys(sentence.paragraph for sentence in span.sentences):
            own = tuple(sentence for sentence in span.sentences if sentence.paragraph == paragraph)
            parts.append(replace(span, sentences=own))
    return parts


def _in_article_order(spans: Sequence[_Span]) -> list[_Span]:
    """The articles by their best sentence, each one's sentences as they stand in it."""
    best: dict[str, int] = {}
    for span in spans:
        best[span.article_id] = min(span.rank, best.get(span.article_id, span.rank))
    return sorted(spans, key=lambda span: (best[span.article_id], span.start))


def _evidence(span: _Span, titles: Mapping[str, str]) -> Evidence:
    return Evidence(
        article_id=span.article_id,
        passage_id=span.around.passage_id(span.start),
        title=titles[span.article_id],
        text=span.text,
        start=span.start,
        end=span.end,
        score=span.probability,
    )
