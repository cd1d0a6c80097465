"""One answer against one question's gold: what was cited, what of it is right, and what is missing.

Everything is compared by place in the article, never by wording. A gold sentence is cited when the
citations cover at least 90% of its characters, so that a quotation mark or full stop more or less makes
no difference. A cited sentence, one that the citations cover by more than half, is right when more than
half of it lies in gold sentences of any complete answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from evals import metrics
from evals.questions import Question, Span
from rag.schema import Answer, AnswerStatus, Article, Passage, RankedPassage
from rag.sentences import split_sentences

COVERED = 0.9
OWN = 0.5


class Verdict(StrEnum):
    """How one question went; the first and last are right."""

    COMPLETE = "complete answer"
    PARTIAL = "part of the answer"
    WRONG = "wrong sentences"
    MISSED = "abstained, though answerable"
    INVENTED = "answered, though unanswerable"
    ABSTAINED = "abstained rightly"


@dataclass(frozen=True, kw_only=True)
class CitedSentence:
    """A sentence that an answer cites."""

    span: Span
    text: str
    right: bool


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A question, what came back, and how it compares; None where a measure does not apply.

    `precision` is the share of right sentences among the cited; `recall` that of the gold sentences cited,
    for the complete answer that comes best off. `complete` is whether one of these was cited whole.
    `evidence_right` is whether the best evidence, which `confidence` speaks of, is right, answered or not.
    `exact` says of each citation whether its quote stands where it says, in the article read from its file.
    `passage_recall` is by depth; `latency_ms` is what the caller waited, `timings` what each step took.
    """

    question: Question
    answered: bool
    confidence: float
    cited: tuple[CitedSentence, ...]
    evidence_right: bool
    first_right: bool | None
    complete: bool | None
    any_gold: bool | None
    precision: float | None
    recall: float | None
    exact: tuple[bool, ...]
    passage_recall: Mapping[int, float | None]
    passage_reciprocal_rank: float | None
    latency_ms: float
    timings: Mapping[str, float]

    @property
    def f1(self) -> float | None:
        """Sentence precision and recall in one."""
        return metrics.f1(self.precision, self.recall)

    @property
    def verdict(self) -> Verdict:
        """How it went, in one word."""
        if not self.question.answerable:
            return Verdict.INVENTED if self.answered else Verdict.ABSTAINED
        if not self.answered:
            return Verdict.MISSED
        if self.complete:
            return Verdict.COMPLETE
        return Verdict.PARTIAL if self.any_gold else Verdict.WRONG


RECALL_DEPTHS = (1, 3, 5)


def judge(
    question: Question,
    answer: Answer,
    ranked: Sequence[RankedPassage],
    articles: Mapping[str, Article],
    *,
    latency_ms: float = 0.0,
) -> Outcome:
    """Compare an answer and a ranking of passages with the gold; `articles` are by id."""
    citations = [Span(article_id=c.article_id, start=c.start, end=c.end) for c in answer.citations]
    cited = cited_sentences(citations, question.gold, articles)
    found = [[covered(gold, citations) for gold in spans] for spans in question.answer_sets]
    best = [Span(article_id=e.article_id, start=e.start, end=e.end) for e in answer.evidence[:1]]
    return Outcome(
        question=question,
        answered=answer.status is AnswerStatus.ANSWERED,
        confidence=answer.confidence,
        cited=cited,
        evidence_right=any(s.right for s in cited_sentences(best, question.gold, articles)),
        first_right=_first_right(citations, question, articles) if question.answerable else None,
        complete=any(all(flags) for flags in found) if found else None,
        any_gold=any(any(flags) for flags in found) if found else None,
        precision=metrics.mean(float(s.right) for s in cited) if found else None,
        recall=max((sum(flags) / len(flags) for flags in found), default=None),
        exact=tuple(is_exact(c.quote, c.article_id, c.start, c.end, articles) for c in answer.citations),
        passage_recall={k: passage_recall(question, ranked, k) for k in RECALL_DEPTHS},
        passage_reciprocal_rank=_passage_reciprocal_rank(question, ranked),
        latency_ms=latency_ms,
        timings=dict(answer.timings),
    )


def covered(span: Span, citations: Iterable[Span]) -> bool:
    """Whether the citations cover `span` by 90% or more, together."""
    return covered_share(span, citations) >= COVERED


def cited_sentences(
    citations: Sequence[Span], gold: Sequence[Span], articles: Mapping[str, Article]
) -> tuple[CitedSentence, ...]:
    """The sentences that the citations cover by more than half, by article and place."""
    found = []
    for article_id, _ in groupby(sorted(citations), key=lambda span: span.article_id):
        article = articles.get(article_id)
        if article is None:  # such a citation counts as not exact
            continue
        for sentence in split_sentences(article.text, title=article.title):
            span = Span(article_id=article_id, start=sentence.start, end=sentence.end)
            if covered_share(span, citations) > OWN:
                right = covered_share(span, gold) > OWN
                found.append(CitedSentence(span=span, text=article.text[span.start : span.end], right=right))
    return tuple(found)


def covered_share(span: Span, others: Iterable[Span]) -> float:
    """The share (0 to 1) of the characters of `span` that the others cover, together."""
    inside: set[int] = set()
    for other in others:
        if span.overlap(other):
            inside.update(range(max(span.start, other.start), min(span.end, other.end)))
    return len(inside) / len(span) if len(span) else 0.0


def _first_right(
    citations: Sequence[Span], question: Question, articles: Mapping[str, Article]
) -> bool | None:
    if not citations:
        return None
    return any(s.right for s in cited_sentences(citations[:1], question.gold, articles))


def is_exact(quote: str, article_id: str, start: int, end: int, articles: Mapping[str, Article]) -> bool:
    """Whether a quote stands where it says, in the article read from its file; `articles` are by id."""
    article = articles.get(article_id)
    return article is not None and bool(quote) and article.text[start:end] == quote


def holds(passage: Passage, span: Span) -> bool:
    """Whether more than half of `span` is in the passage (a very long sentence may be cut in two)."""
    own = Span(article_id=passage.article_id, start=passage.start, end=passage.end)
    return span.overlap(own) > OWN * len(span)


def passage_recall(question: Question, ranked: Sequence[RankedPassage], k: int) -> float | None:
    """The share of gold sentences that a passage among the first `k` holds, for the best complete answer."""
    first = [item.passage for item in ranked[:k]]
    shares = (
        sum(any(holds(passage, span) for passage in first) for span in spans) / len(spans)
        for spans in question.answer_sets
    )
    return max(shares, default=None)


def _passage_reciprocal_rank(question: Question, ranked: Sequence[RankedPassage]) -> float | None:
    if not question.answerable:
        return None
    right = [any(holds(item.passage, span) for span in question.gold) for item in ranked]
    return metrics.reciprocal_rank(right, {True})
