"""What the claim outcomes come to: every figure of the report, with its interval, and the baselines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from evals import classification, metrics
from evals.claim_cases import ClaimKind
from evals.claim_judging import ClaimOutcome
from evals.figures import Figures, Measure, latencies
from rag.schema import Verdict

GROUP = "claims"
VERDICTS = tuple(Verdict)
WHOLE = "whole claim"
TARGETS: Mapping[str, tuple[float, bool]] = {
    "macro_f1": (0.85, True),
    "evidence_f1": (0.8, True),
    "supported_unquoted": (0.0, False),
}
"""What the claims were to reach, and whether higher is better."""
P50_TARGET_MS = 250.0

Sample = Callable[[ClaimOutcome], float | None]


def _truth(outcomes: Sequence[ClaimOutcome]) -> list[Verdict]:
    return [outcome.case.verdict for outcome in outcomes]


def _said(outcomes: Sequence[ClaimOutcome]) -> list[Verdict | None]:
    return [outcome.verdict for outcome in outcomes]


def _macro_f1(outcomes: Sequence[ClaimOutcome]) -> float | None:
    return classification.macro_f1(_truth(outcomes), _said(outcomes), VERDICTS)


def _verdict_precision(verdict: Verdict, outcome: ClaimOutcome) -> float | None:
    return float(outcome.right) if outcome.verdict is verdict else None


def _verdict_recall(verdict: Verdict, outcome: ClaimOutcome) -> float | None:
    return float(outcome.right) if outcome.case.verdict is verdict else None


def _verdict_f1(verdict: Verdict, outcomes: Sequence[ClaimOutcome]) -> float | None:
    return classification.class_f1(_truth(outcomes), _said(outcomes), verdict)


def _of_verdict(verdict: Verdict) -> tuple[Measure[ClaimOutcome], ...]:
    name, label = verdict.value, in_words(verdict)
    return (
        Measure(
            name=f"precision_{name}",
            label=f"{label}: precision",
            sample=partial(_verdict_precision, verdict),
        ),
        Measure(name=f"recall_{name}", label=f"{label}: recall", sample=partial(_verdict_recall, verdict)),
        Measure(name=f"f1_{name}", label=f"{label}: F1", statistic=partial(_verdict_f1, verdict)),
    )


def _unquoted(outcome: ClaimOutcome) -> float | None:
    return None if outcome.quoted is None else float(not outcome.quoted)


def _exactness(outcome: ClaimOutcome) -> float | None:
    return metrics.mean(map(float, outcome.exact))


def sureness(outcomes: Sequence[ClaimOutcome]) -> tuple[list[float], list[bool]]:
    """The confidence in each verdict and whether it was right, of the claims that got one."""
    known = [(o.confidence, o.right) for o in outcomes if o.confidence is not None]
    return [confidence for confidence, _ in known], [right for _, right in known]


def _ece(outcomes: Sequence[ClaimOutcome]) -> float | None:
    return metrics.expected_calibration_error(*sureness(outcomes))


def _brier(outcome: ClaimOutcome) -> float | None:
    return metrics.brier(*sureness([outcome]))


def in_words(verdict: Verdict | None) -> str:
    """A verdict as a reader wants it; None is a claim that was sent back as none."""
    return "sent back" if verdict is None else verdict.value.replace("_", " ")


MEASURES: tuple[Measure[ClaimOutcome], ...] = (
    Measure(name="macro_f1", label="verdict: macro-F1", statistic=_macro_f1),
    Measure(name="accuracy", label="verdict: accuracy", sample=lambda o: float(o.right)),
    *(measure for verdict in Verdict for measure in _of_verdict(verdict)),
    Measure(name="evidence_precision", label="evidence: sentence precision", sample=lambda o: o.precision),
    Measure(name="evidence_recall", label="evidence: sentence recall", sample=lambda o: o.recall),
    Measure(name="evidence_f1", label="evidence: sentence F1", sample=lambda o: o.f1),
    Measure(
        name="supported_unquoted",
        label="said to be supported without a quote that supports it",
        higher=False,
        sample=_unquoted,
    ),
    Measure(name="citation_exactness", label="citation exactness", sample=_exactness),
    Measure(name="ece", label="expected calibration error", higher=False, statistic=_ece),
    Measure(name="brier", label="Brier score", higher=False, sample=_brier),
)
BY_NAME = {measure.name: measure for measure in MEASURES}


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What a rule that reads no evidence, or only counts words, makes of the same claims."""

    name: str
    macro_f1: float | None
    accuracy: float | None


def baselines(outcomes: Sequence[ClaimOutcome]) -> tuple[Baseline, ...]:
    """The majority verdict for every claim, and word overlap at the threshold that is best on these."""
    truth = _truth(outcomes)
    if not truth:
        return ()
    majority = classification.most_common(truth)
    overlaps = [outcome.overlap for outcome in outcomes]
    order = (Verdict.NOT_ENOUGH_EVIDENCE, Verdict.SUPPORTED)
    bands = classification.best_bands(
        overlaps, truth, order, lambda known, said: classification.macro_f1(known, said, VERDICTS)
    )
    return (
        _baseline(f"always {in_words(majority)}", truth, [majority] * len(truth)),
        _baseline("word overlap (upper bound)", truth, bands.said(overlaps)),
    )


def _baseline(name: str, truth: Sequence[Verdict], said: Sequence[Verdict]) -> Baseline:
    return Baseline(
        name=name,
        macro_f1=classification.macro_f1(truth, said, VERDICTS),
        accuracy=classification.accuracy(truth, said),
    )


@dataclass(frozen=True, kw_only=True)
class ClaimFigures:
    """Every claim, judged; the figures follow from them."""

    outcomes: tuple[ClaimOutcome, ...]

    @property
    def by_corpus(self) -> dict[str, list[ClaimOutcome]]:
        """All claims, and those of each corpus where there is more than one."""
        corpora = _grouped(self.outcomes, lambda outcome: outcome.case.corpus)
        return {"all": list(self.outcomes)} | corpora if len(corpora) > 1 else corpora

    @property
    def by_kind(self) -> dict[str, list[ClaimOutcome]]:
        """The claims of each kind that there is, in the order of the kinds."""
        kinds = _grouped(self.outcomes, lambda outcome: outcome.case.kind.value)
        return {kind.value: kinds[kind.value] for kind in ClaimKind if kind.value in kinds}

    @cached_property
    def groups(self) -> dict[str, Figures]:
        """Every figure by the name of its measure, by corpus."""
        return {name: {m.name: m.of(some) for m in MEASURES} for name, some in self.by_corpus.items()}

    @property
    def confusion(self) -> Counter[tuple[Verdict, Verdict | None]]:
        """How many claims of each verdict were said to be what."""
        return Counter(zip(_truth(self.outcomes), _said(self.outcomes), strict=True))

    @property
    def p50_ms(self) -> float:
        """The middle latency of a claim, in milliseconds."""
        return latencies(self.outcomes, whole=WHOLE)[-1].p50

    @property
    def wrong(self) -> tuple[ClaimOutcome, ...]:
        """The claims with a wrong verdict."""
        return tuple(outcome for outcome in self.outcomes if not outcome.right)

    @property
    def incomplete(self) -> tuple[ClaimOutcome, ...]:
        """The claims with the right verdict, but a wrong sentence or one missing."""
        return tuple(o for o in self.outcomes if o.right and o.f1 is not None and o.f1 < 1)

    def surest_errors(self, most: int) -> Sequence[ClaimOutcome]:
        """The wrong verdicts with the highest confidence, the surest first."""
        known = [outcome for outcome in self.wrong if outcome.confidence is not None]
        return sorted(known, key=lambda outcome: -(outcome.confidence or 0.0))[:most]


def group_names(groups: Collection[str], prefix: str) -> dict[str, str]:
    """The name that each group has among the thresholds: "claims" for all, "claims seed" for one corpus."""
    return {name: prefix if name == "all" else f"{prefix} {name}" for name in groups}


def _grouped(
    outcomes: Sequence[ClaimOutcome], key: Callable[[ClaimOutcome], str]
) -> dict[str, list[ClaimOutcome]]:
    groups: dict[str, list[ClaimOutcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    return groups
