"""The measures, each a pure function. What can't be measured is None and never 0."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

_T = TypeVar("_T")

RESAMPLES = 1000
CALIBRATION_BINS = 10


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of the values that are not None; None when all are."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def recall_at_k(ranked: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> float | None:
    """The share (0 to 1) of `relevant` among the first `k` of `ranked`; None when nothing is relevant.

    Manning, Raghavan and Schütze 2008, chapter 8.
    """
    wanted = set(relevant)
    return len(wanted & set(ranked[:k])) / len(wanted) if wanted else None


def reciprocal_rank(ranked: Sequence[Hashable], relevant: Collection[Hashable]) -> float | None:
    """1 / the rank (from 1) of the first relevant one: 0 when none is ranked, None when none is relevant.

    Its mean over questions is the MRR (Voorhees 1999).
    """
    if not relevant:
        return None
    return next((1 / rank for rank, item in enumerate(ranked, start=1) if item in relevant), 0.0)


def f1(precision: float | None, recall: float | None) -> float | None:
    """The harmonic mean (0 to 1) of precision and recall (van Rijsbergen 1979).

    0 when nothing was returned (no precision, a recall of 0); None when there is no recall.
    """
    if recall is None:
        return None
    if precision is None or precision + recall == 0:
        return 0.0
    return 2 * precision * recall / (precision + recall)


def abstention_precision(abstained: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """The share (0 to 1) of the abstentions that were right; None without an abstention.

    Precision and recall with "unanswerable" as the class to find, as in Rajpurkar et al. 2018.
    """
    return mean(float(not known) for left, known in zip(abstained, answerable, strict=True) if left)


def abstention_recall(abstained: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """The share (0 to 1) of the unanswerable questions that were abstained from; None without one."""
    return mean(float(left) for left, known in zip(abstained, answerable, strict=True) if not known)


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """The probability (0 to 1) that a true item scores above a false one, ties counting half.

    The area under the ROC curve, by the Mann-Whitney U statistic (Hanley and McNeil 1982). None when
    all labels are alike.
    """
    values, truths = np.asarray(scores, dtype=np.float64), np.asarray(labels, dtype=bool)
    positive, negative = int(truths.sum()), int((~truths).sum())
    if not positive or not negative:
        return None
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]  # from 1, ties share their mean rank
    above = ranks[truths].sum() - positive * (positive + 1) / 2
    return float(above / (positive * negative))


@dataclass(frozen=True, kw_only=True)
class CalibrationBin:
    """One bin of a reliability diagram: `count` items, their mean probability and the share of true ones."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def calibration_bins(
    probabilities: Sequence[float], labels: Sequence[bool], *, bins: int = CALIBRATION_BINS
) -> tuple[CalibrationBin, ...]:
    """The bins of equal width over 0 to 1 that hold anything; 1 belongs to the last (Guo et al. 2017)."""
    values, truths = np.asarray(probabilities, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    # The rounding keeps a 0.3 that was computed as 0.29999999999999999 in the bin it is printed in.
    places = np.minimum(np.floor(np.round(values * bins, 9)).astype(int), bins - 1)
    return tuple(
        CalibrationBin(
            low=place / bins,
            high=(place + 1) / bins,
            count=int(inside.sum()),
            confidence=float(values[inside].mean()),
            accuracy=float(truths[inside].mean()),
        )
        for place in range(bins)
        if (inside := places == place).any()
    )


def expected_calibration_error(
    probabilities: Sequence[float], labels: Sequence[bool], *, bins: int = CALIBRATION_BINS
) -> float | None:
    """The mean gap (0 to 1) between confidence and accuracy over bins of equal width, weighted by count.

    Guo et al. 2017, equation 3. None without an item. Few items make it look worse than it is.
    """
    if not len(probabilities):
        return None
    parts = calibration_bins(probabilities, labels, bins=bins)
    return sum(part.count * abs(part.accuracy - part.confidence) for part in parts) / len(probabilities)


def brier(probabilities: Sequence[float], labels: Sequence[bool]) -> float | None:
    """The mean squared error (0 to 1, 0 is best) of the probabilities (Brier 1950); None without one."""
    return mean((p - float(label)) ** 2 for p, label in zip(probabilities, labels, strict=True))


def percentile(values: Sequence[float], q: float) -> float | None:
    """The value below which `q` (0 to 100) percent lie, interpolated linearly; None without values.

    Hyndman and Fan 1996, type 7.
    """
    return float(np.percentile(values, q)) if len(values) else None


def bootstrap_interval(
    items: Sequence[_T],
    statistic: Callable[[Sequence[_T]], float | None],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float] | None:
    """The 95% percentile interval of `statistic` over resamples of `items` with replacement.

    Efron and Tibshirani 1993, chapter 13. Resamples for which the statistic is None are left out; the
    interval is None when all are. The same seed gives the same interval.
    """
    random = np.random.default_rng(seed)
    drawn = (
        statistic([items[i] for i in random.integers(0, len(items), len(items))]) for _ in range(resamples)
    )
    values = [value for value in drawn if value is not None] if items else []
    if not values:
        return None
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def mean_interval(values: Iterable[float | None], *, seed: int = 0) -> tuple[float, float] | None:
    """`bootstrap_interval` of the mean of the values that are not None, all resamples at once."""
    known = np.asarray([value for value in values if value is not None], dtype=np.float64)
    if not len(known):
        return None
    drawn = np.random.default_rng(seed).integers(0, len(known), (RESAMPLES, len(known)))
    low, high = np.percentile(known[drawn].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)
