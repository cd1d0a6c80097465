"""One claim check against its gold: the verdict, what was cited for and against, what is missing.

Everything is compared by place in the article, as for answers (judging.py). A sentence that the citations of
one side cover by more than half is right when more than half of it lies in gold of that side. It is neutral,
and not counted, when it lies in what may be shown beside it, or, for a compound claim, in the other side's
gold: which part of such a claim a quote belongs to is not labelled. Otherwise it is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from evals import metrics
from evals.claim_cases import ClaimCase, ClaimKind
from evals.judging import OWN, cited_sentences, covered, covered_share, is_exact
from evals.questions import Span
from rag.schema import Article, ClaimCheck, ClaimEvidence, Stance, Verdict

SIDES = (Stance.SUPPORTS, Stance.REFUTES)


class Mark(StrEnum):
    """How a sentence counts."""

    RIGHT = "right"
    NEUTRAL = "neutral"
    WRONG = "wrong"
    MISSING = "missing"


@dataclass(frozen=True, kw_only=True)
class ClaimSentence:
    """A sentence that was cited for or against a claim, or should have been."""

    span: Span
    text: str
    stance: Stance
    mark: Mark


@dataclass(frozen=True, kw_only=True)
class ClaimOutcome:
    """A claim, what came back, and how it compares; None where a measure does not apply.

    `verdict` and `confidence` are None where the claim was sent back as none, for the reason in `refusal`.
    `cited` and `missing` hold those for the claim first. `missing` are the gold sentences not cited, of the
    set that comes best off on each side. `recall` is the share cited of both sides' best sets together.
    `quoted` is whether a claim that was said to be supported has a quote that supports it. `exact` says of
    each citation whether its quote stands where it says. `overlap` is the share (0 to 1) of the claim's
    words, by their IDF, in the sentence of the articles that has most of them.
    """

    case: ClaimCase
    verdict: Verdict | None
    confidence: float | None
    cited: tuple[ClaimSentence, ...] = ()
    missing: tuple[ClaimSentence, ...] = ()
    recall: float | None = None
    quoted: bool | None = None
    exact: tuple[bool, ...] = ()
    refusal: str = ""
    overlap: float = 0.0
    latency_ms: float = 0.0
    timings: Mapping[str, float]

    @property
    def right(self) -> bool:
        """Whether the verdict is right."""
        return self.verdict is self.case.verdict

    @property
    def precision(self) -> float | None:
        """The share of right sentences among those cited that count; None for claims without gold."""
        if not self.case.has_gold:
            return None
        return metrics.mean(
            float(one.mark is Mark.RIGHT) for one in self.cited if one.mark is not Mark.NEUTRAL
        )

    @property
    def f1(self) -> float | None:
        """Sentence precision and recall in one."""
        return metrics.f1(self.precision, self.recall)


def judge_claim(
    case: ClaimCase,
    check: ClaimCheck,
    articles: Mapping[str, Article],
    *,
    overlap: float = 0.0,
    latency_ms: float = 0.0,
) -> ClaimOutcome:
    """Compare a check with the gold; `articles` are by id."""
    shown = {Stance.SUPPORTS: check.supporting, Stance.REFUTES: check.refuting}
    spans = {stance: [_span(evidence) for evidence in shown[stance]] for stance in SIDES}
    best = {stance: best_set(case, stance, spans[stance]) for stance in SIDES}
    missing = [
        ClaimSentence(span=s, text=_text(s, articles), stance=stance, mark=Mark.MISSING)
        for stance in SIDES
        for s in best[stance]
        if not covered(s, spans[stance])
    ]
    wanted = sum(len(own) for own in best.values())
    return ClaimOutcome(
        case=case,
        verdict=check.verdict,
        confidence=check.confidence,
        cited=tuple(s for stance in SIDES for s in _cited(case, stance, spans[stance], articles)),
        missing=tuple(missing),
        recall=1 - len(missing) / wanted if wanted else None,
        quoted=_quoted(case, check, spans[Stance.SUPPORTS]),
        exact=tuple(is_exact(c.quote, c.article_id, c.start, c.end, articles) for c in check.citations),
        overlap=overlap,
        latency_ms=latency_ms,
        timings=dict(check.timings),
    )


def refused(case: ClaimCase, reason: str, *, overlap: float = 0.0, latency_ms: float = 0.0) -> ClaimOutcome:
    """The outcome of a claim that was sent back as none: a wrong verdict, without a sentence cited."""
    best = [span for stance in SIDES for span in best_set(case, stance, [])]
    return ClaimOutcome(
        case=case,
        verdict=None,
        confidence=None,
        recall=0.0 if best else None,
        refusal=reason,
        overlap=overlap,
        latency_ms=latency_ms,
        timings={},
    )


def best_set(case: ClaimCase, stance: Stance, citations: Sequence[Span]) -> tuple[Span, ...]:
    """The gold set of a side of which the largest share is cited, of equals the first; empty without one."""

    def share(spans: tuple[Span, ...]) -> float:
        return sum(covered(span, citations) for span in spans) / len(spans)

    return max(case.sets(stance), key=share, default=())


def _cited(
    case: ClaimCase, stance: Stance, citations: Sequence[Span], articles: Mapping[str, Article]
) -> list[ClaimSentence]:
    other = case.gold(next(side for side in SIDES if side is not stance))
    beside = (*case.also, *other) if case.kind is ClaimKind.COMPOUND else case.also

    def mark(span: Span, right: bool) -> Mark:
        if right:
            return Mark.RIGHT
        return Mark.NEUTRAL if covered_share(span, beside) > OWN else Mark.WRONG

    return [
        ClaimSentence(span=one.span, text=one.text, stance=stance, mark=mark(one.span, one.right))
        for one in cited_sentences(citations, case.gold(stance), articles)
    ]


def _quoted(case: ClaimCase, check: ClaimCheck, supporting: Sequence[Span]) -> bool | None:
    if check.verdict is not Verdict.SUPPORTED:
        return None
    return any(covered(span, supporting) for span in (*case.gold(Stance.SUPPORTS), *case.also))


def _span(evidence: ClaimEvidence) -> Span:
    citation = evidence.citation
    return Span(article_id=citation.article_id, start=citation.start, end=citation.end)


def _text(span: Span, articles: Mapping[str, Article]) -> str:
    return articles[span.article_id].text[span.start : span.end]
