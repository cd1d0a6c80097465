"""What the outcomes come to: every figure of the report, with its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from evals import metrics
from evals.judging import Outcome, Verdict
from evals.questions import Kind

_Item = TypeVar("_Item")


@dataclass(frozen=True, kw_only=True)
class Measure(Generic[_Item]):
    """A figure over outcomes: the mean of `sample`, or `statistic` where it is no mean.

    `higher` says which way is better.
    """

    name: str
    label: str
    higher: bool = True
    sample: Callable[[_Item], float | None] | None = None
    statistic: Callable[[Sequence[_Item]], float | None] | None = None

    def value(self, outcomes: Sequence[_Item]) -> float | None:
        """The figure alone."""
        if self.sample is not None:
            return metrics.mean(map(self.sample, outcomes))
        assert self.statistic is not None, "a measure has a sample or a statistic"
        return self.statistic(outcomes)

    def of(self, outcomes: Sequence[_Item]) -> Figure:
        """The figure with its 95% bootstrap interval."""
        value = self.value(outcomes)
        if self.sample is not None:
            values = [self.sample(outcome) for outcome in outcomes]
            known = sum(value is not None for value in values)
            return Figure.of(value, metrics.mean_interval(values), known)
        assert self.statistic is not None, "a measure has a sample or a statistic"
        interval = metrics.bootstrap_interval(outcomes, self.statistic) if value is not None else None
        return Figure.of(value, interval, len(outcomes))


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A value with its 95% interval, over `count` questions or claims; None where it does not apply."""

    value: float | None
    low: float | None
    high: float | None
    count: int

    @classmethod
    def of(cls, value: float | None, interval: tuple[float, float] | None, count: int) -> Figure:
        """The figure, its interval given as a pair."""
        low, high = interval if interval is not None else (None, None)
        return cls(value=value, low=low, high=high, count=count)


def _flag(value: bool | None) -> float | None:
    return None if value is None else float(value)


def _exactness(outcome: Outcome) -> float | None:
    return metrics.mean(map(float, outcome.exact))


def _if_unanswerable(outcome: Outcome) -> float | None:
    return None if outcome.question.answerable else float(outcome.answered)


def _if_answerable(outcome: Outcome) -> float | None:
    return float(outcome.answered) if outcome.question.answerable else None


def _wrong(outcome: Outcome) -> float | None:
    return float(outcome.verdict is Verdict.WRONG) if outcome.question.answerable else None


def _evidence_of_answerable(outcome: Outcome) -> float | None:
    return float(outcome.evidence_right) if outcome.question.answerable else None


def _brier(outcome: Outcome) -> float | None:
    return metrics.brier([outcome.confidence], [outcome.evidence_right])


def _flags(outcomes: Sequence[Outcome]) -> tuple[list[bool], list[bool]]:
    return [not o.answered for o in outcomes], [o.question.answerable for o in outcomes]


def _auroc(outcomes: Sequence[Outcome]) -> float | None:
    return metrics.auroc([o.confidence for o in outcomes], [o.question.answerable for o in outcomes])


def _ece(outcomes: Sequence[Outcome]) -> float | None:
    return metrics.expected_calibration_error(
        [o.confidence for o in outcomes], [o.evidence_right for o in outcomes]
    )


MEASURES: tuple[Measure[Outcome], ...] = (
    Measure(name="recall@1", label="passage recall@1", sample=lambda o: o.passage_recall[1]),
    Measure(name="recall@3", label="passage recall@3", sample=lambda o: o.passage_recall[3]),
    Measure(name="recall@5", label="passage recall@5", sample=lambda o: o.passage_recall[5]),
    Measure(name="mrr", label="passage MRR", sample=lambda o: o.passage_reciprocal_rank),
    Measure(name="precision", label="sentence precision", sample=lambda o: o.precision),
    Measure(name="recall", label="sentence recall", sample=lambda o: o.recall),
    Measure(name="f1", label="sentence F1", sample=lambda o: o.f1),
    Measure(name="best_evidence", label="best evidence right (answerable)", sample=_evidence_of_answerable),
    Measure(
        name="first_citation",
        label="first citation right (if answered)",
        sample=lambda o: _flag(o.first_right),
    ),
    Measure(name="answer_hit", label="answer hit (complete)", sample=lambda o: _flag(o.complete)),
    Measure(name="any_gold", label="answer hit (any gold sentence)", sample=lambda o: _flag(o.any_gold)),
    Measure(name="answered", label="answerable questions answered", sample=_if_answerable),
    Measure(name="wrong", label="answerable, only wrong sentences", higher=False, sample=_wrong),
    Measure(name="invented", label="unanswerable questions answered", higher=False, sample=_if_unanswerable),
    Measure(
        name="abstention_precision",
        label="abstention precision",
        statistic=lambda outcomes: metrics.abstention_precision(*_flags(outcomes)),
    ),
    Measure(
        name="abstention_recall",
        label="abstention recall",
        statistic=lambda outcomes: metrics.abstention_recall(*_flags(outcomes)),
    ),
    Measure(name="auroc", label="AUROC of the confidence (answerable or not)", statistic=_auroc),
    Measure(name="ece", label="expected calibration error", higher=False, statistic=_ece),
    Measure(name="brier", label="Brier score", higher=False, sample=_brier),
    Measure(name="citation_exactness", label="citation exactness", sample=_exactness),
)
BY_NAME = {measure.name: measure for measure in MEASURES}

Figures = dict[str, Figure]


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Every figure, by the name of its measure."""
    return {measure.name: measure.of(outcomes) for measure in MEASURES}


def by_corpus(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """All outcomes, and those of each corpus where there is more than one, in their order."""
    corpora = list(dict.fromkeys(outcome.question.corpus for outcome in outcomes))
    groups = {corpus: [o for o in outcomes if o.question.corpus == corpus] for corpus in corpora}
    return {"all": list(outcomes)} | groups if len(corpora) > 1 else groups


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """The outcomes of each kind of question that there is."""
    groups = {kind.value: [o for o in outcomes if o.question.kind is kind] for kind in Kind}
    return {kind: group for kind, group in groups.items() if group}


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Milliseconds of one step: the middle one, and what 95 of 100 stay under."""

    step: str
    p50: float
    p95: float


class Timed(Protocol):
    """What took its time."""

    @property
    def latency_ms(self) -> float:
        """Milliseconds of all of it."""

    @property
    def timings(self) -> Mapping[str, float]:
        """Milliseconds by step."""


def latencies(outcomes: Sequence[Timed], *, whole: str = "whole question") -> tuple[Latency, ...]:
    """The latency of each step, in the order the steps come, and of all of them."""
    steps = dict.fromkeys(step for o in outcomes for step in o.timings if step != "total")
    series = {step: [o.timings[step] for o in outcomes if step in o.timings] for step in steps}
    series[whole] = [outcome.latency_ms for outcome in outcomes]
    return tuple(
        Latency(
            step=step, p50=metrics.percentile(values, 50) or 0.0, p95=metrics.percentile(values, 95) or 0.0
        )
        for step, values in series.items()
        if values
    )
