"""What the measurement on public claims comes to: figures by set and way of judging, and their targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from evals import metrics
from evals.classification import Criterion
from evals.figures import Figure

GROUP = "claim sets"
CLIMATE, WICE, FEVER, FOOL_ME_TWICE = "Climate-FEVER", "WiCE", "FEVER-Symmetric", "Fool Me Twice"
PRODUCT = "Presscheck"
TARGETS: Mapping[str, tuple[float, bool]] = {
    f"{FEVER}: accuracy": (0.75, True),
    f"{FOOL_ME_TWICE}: accuracy": (0.65, True),
    f"{CLIMATE}: macro-F1": (0.55, True),
    f"{WICE}: balanced accuracy": (0.65, True),
}
"""What the claim checks were to reach, and whether higher is better."""


@dataclass(frozen=True, kw_only=True)
class SetFigures:
    """What each way of judging makes of one set, by way and name; `PRODUCT` is among the ways.

    `confusion` is how many of each class the product said to be what. `refused` claims it sent back as none:
    they count as not supported.
    """

    ways: Mapping[str, Mapping[str, Figure]]
    confusion: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    refused: int = 0


@dataclass(frozen=True, kw_only=True)
class ClaimSetFigures:
    """The sets by name; `current` says whether the code has been the same since they were measured."""

    sets: Mapping[str, SetFigures]
    current: bool = True


def values_of(figures: ClaimSetFigures) -> dict[str, float]:
    """The product's figures, by set and name."""
    return {
        f"{name}: {label}": figure.value
        for name, own in figures.sets.items()
        for label, figure in own.ways[PRODUCT].items()
        if figure.value is not None
    }


def figures_of(
    truth: Sequence[Hashable],
    said: Sequence[Hashable],
    criteria: Mapping[str, Criterion],
    *,
    intervals: bool,
) -> dict[str, Figure]:
    """The figure of each criterion, with its interval where asked for."""
    pairs = list(zip(truth, said, strict=True))

    def of(criterion: Criterion) -> Figure:
        def statistic(some: Sequence[tuple[Hashable, Hashable]]) -> float | None:
            return criterion([known for known, _ in some], [own for _, own in some])

        interval = metrics.bootstrap_interval(pairs, statistic) if intervals else None
        return Figure.of(criterion(truth, said), interval, len(pairs))

    return {name: of(criterion) for name, criterion in criteria.items()}


def confusion_of(truth: Sequence[str], said: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many of each class were said to be what."""
    counts = Counter(zip(truth, said, strict=True))
    labels = sorted({*truth, *said})
    return {str(known): {str(own): counts[known, own] for own in labels} for known in labels}
