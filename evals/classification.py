"""Measures of telling classes apart, each a pure function of what is true and what was said, in parallel.

What can't be measured is None and never 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Generic, TypeVar

import numpy as np

from evals import metrics

_L = TypeVar("_L", bound=Hashable)

Criterion = Callable[[Sequence[Hashable], Sequence[Hashable]], float | None]
_CUTS = 40  # places at which a band may begin


def accuracy(truth: Sequence[Hashable], said: Sequence[Hashable]) -> float | None:
    """The share (0 to 1) that is right; None without an item."""
    return metrics.mean(float(one == other) for one, other in zip(truth, said, strict=True))


def class_f1(truth: Sequence[Hashable], said: Sequence[Hashable], label: Hashable) -> float | None:
    """The F1 (0 to 1) of one class: 2 TP / (2 TP + FP + FN); None where it is neither true nor said."""
    counts = Counter(zip(truth, said, strict=True))
    known = sum(n for (one, _), n in counts.items() if one == label)
    named = sum(n for (_, other), n in counts.items() if other == label)
    return 2 * counts[label, label] / (known + named) if known + named else None


def macro_f1(
    truth: Sequence[Hashable], said: Sequence[Hashable], labels: Collection[Hashable]
) -> float | None:
    """The mean F1 (0 to 1) of the `labels` that are true or said of anything, each counting the same.

    Sokolova and Lapalme 2009. Saying what is no label only misses what was true.
    """
    return metrics.mean(class_f1(truth, said, label) for label in labels)


def balanced_accuracy(truth: Sequence[Hashable], said: Sequence[Hashable]) -> float | None:
    """The mean recall (0 to 1) of the classes that are true of anything (Brodersen et al. 2010)."""
    known = Counter(truth)
    right = Counter(one for one, other in zip(truth, said, strict=True) if one == other)
    return metrics.mean(right[label] / count for label, count in known.items())


def most_common(truth: Sequence[_L]) -> _L:
    """The class with most items; of equals the first. Raises ValueError without an item."""
    if not truth:
        raise ValueError("no class is the most common one of none")
    return Counter(truth).most_common(1)[0][0]


@dataclass(frozen=True, kw_only=True)
class Bands(Generic[_L]):
    """Classes told by one score alone: `order`[i] from `bounds`[i - 1] on."""

    order: tuple[_L, ...]
    bounds: tuple[float, ...]

    def said(self, scores: Sequence[float]) -> list[_L]:
        """The class of each score."""
        return [self.order[int(place)] for place in np.searchsorted(self.bounds, scores, side="right")]


def best_bands(
    scores: Sequence[float], truth: Sequence[_L], order: Sequence[_L], criterion: Criterion
) -> Bands[_L]:
    """The bands in this order that are best by `criterion` on the very items that are measured.

    What they reach is an upper bound of what such a score is worth, no figure of a rule that was chosen
    without them. The bounds are tried at 40 quantiles of the scores and above all of them; of equals the
    lowest win.
    """
    levels = np.unique(np.quantile(np.asarray(scores, dtype=np.float64), np.linspace(0, 1, _CUTS)))
    cuts = [*(float(level) for level in levels), float("inf")]

    def worth(bounds: tuple[float, ...]) -> float:
        value = criterion(truth, Bands(order=tuple(order), bounds=bounds).said(scores))
        return -1.0 if value is None else value

    best = max(combinations_with_replacement(cuts, len(order) - 1), key=worth)
    return Bands(order=tuple(order), bounds=best)
