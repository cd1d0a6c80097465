"""Figures as intervals with a unit and what they count, and how two of them stand; the border to pint.

pint takes about half a second to load, so it waits until two figures differ in their unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from rag._measures import Dimension
from rag._wording import Agreement

_CONVERTED = 0.04  # how far a figure may be off that was converted from another unit for its readers


class Bound(StrEnum):
    """How a figure is hedged; the values are the keys of `BOUNDS`."""

    EXACT = ""
    ABOUT = "about"
    NEARLY = "nearly"
    JUST_OVER = "just over"
    LEAST = "at least"
    MOST = "at most"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure where it stands in a text, and the range `low` to `high` that it gives (often one value).

    `slack` is how far from it the figure meant may lie by rounding. `unit` is pint's name, or a currency's
    code; `noun` is the stem of what is counted and `modifiers` are those between; `rate` is the stem of what
    it is per, `hedge` the words before the figure that set its `bound`.
    """

    text: str
    start: int
    end: int
    low: float
    high: float
    slack: float = 0.0
    bound: Bound = Bound.EXACT
    dimension: Dimension = Dimension.COUNT
    unit: str = ""
    noun: str = ""
    modifiers: frozenset[str] = frozenset()
    rate: str = ""
    hedge: str = ""

    @property
    def hedged(self) -> str:
        """The figure as written with the words that hedge it: "nearly 90,000"."""
        return f"{self.hedge} {self.text}".strip()

    def interval(self, *, widest: bool) -> tuple[float, float]:
        """What the figure may mean; `widest` allows for rounding, or else it is held to 1 %."""
        slack = 0.999 * self.slack if widest else min(self.slack, 0.01 * abs(self.high))
        low, high = self.low - slack, self.high + slack
        match self.bound:
            case Bound.LEAST:
                return self.low, math.inf
            case Bound.MOST:
                return -math.inf, self.high
            case Bound.NEARLY:
                return 0.85 * self.low, self.high
            case Bound.JUST_OVER:
                return self.low, 1.1 * self.high
            case Bound.ABOUT:
                return min(low, 0.9 * self.low), max(high, 1.1 * self.high)
        return low, high


def comparable(claimed: Quantity, found: Quantity) -> bool:
    """Whether two figures measure in the same way; a count needs the same thing counted, or one unnamed."""
    if (claimed.dimension, claimed.rate) != (found.dimension, found.rate):
        return False
    if claimed.dimension is Dimension.MONEY:
        return claimed.unit == found.unit
    if claimed.dimension is Dimension.ORDINAL:
        return bool((claimed.modifiers | {claimed.noun}) & (found.modifiers | {found.noun}))
    if claimed.dimension is Dimension.COUNT:
        return claimed.noun == found.noun or not (claimed.noun and found.noun)
    return True


def agreement(claimed: Quantity, found: Quantity) -> Agreement:
    """How a sentence's figure stands to a claim's comparable one, both with their bounds and rounding."""
    spread = 0.0
    if found.unit != claimed.unit:
        found = _converted(found, claimed.unit)
        spread = _CONVERTED * abs(found.high)
    low, high = claimed.interval(widest=True)
    other_low, other_high = found.interval(widest=True)
    tiny = 1e-9 * max(1.0, abs(claimed.high))
    if high < other_low - tiny or other_high < low - tiny:
        return Agreement.CONTRARY
    if _same_figure(claimed, found):
        return Agreement.ENTAILED
    low, high = claimed.interval(widest=False)
    other_low, other_high = found.interval(widest=False)
    if claimed.bound is Bound.EXACT and found.bound is Bound.EXACT:  # rounding is the article's own affair
        other_low, other_high = found.low, found.high
    inside = low - tiny - spread <= other_low and other_high <= high + tiny + spread
    # "More than 100" isn't said by "100".
    exclusive = claimed.bound in (Bound.LEAST, Bound.MOST) and found.bound is Bound.NEARLY
    return Agreement.ENTAILED if inside and not exclusive else Agreement.UNKNOWN


def _same_figure(claimed: Quantity, found: Quantity) -> bool:
    """The same figure, if one is hedged: "90,000" and "almost 90,000", but not "at least 90,000"."""
    ends = {claimed.bound, found.bound} & {Bound.LEAST, Bound.MOST, Bound.JUST_OVER}
    return not ends and math.isclose(claimed.low, found.low) and math.isclose(claimed.high, found.high)


def _converted(quantity: Quantity, unit: str) -> Quantity:
    """In another unit of its dimension, with more slack, for such figures are rounded ("3 miles")."""
    low, high = (_convert(value, quantity.unit, unit) for value in (quantity.low, quantity.high))
    scale = high / quantity.high if quantity.high else 0.0
    slack = max(_CONVERTED * abs(high), quantity.slack * scale)
    return replace(quantity, low=low, high=high, unit=unit, slack=slack)


@lru_cache(maxsize=1024)
def _convert(value: float, unit: str, other: str) -> float:
    return float(_registry().Quantity(value, unit).to(other).magnitude)


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry()
