"""A figure of the benchmarks, and what was asked of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value; None with a `note` that says why it could not be measured.

    `target` is the most it may be, or the least where `higher` is better; None where nothing was asked.
    """

    label: str
    value: float | None
    unit: str
    digits: int = 0
    target: float | None = None
    higher: bool = False
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None where there is no target or no value."""
        if self.value is None or self.target is None:
            return None
        return self.value >= self.target if self.higher else self.value <= self.target

    @property
    def shown(self) -> str:
        """The value with its unit."""
        return "not measured" if self.value is None else f"{self.value:,.{self.digits}f} {self.unit}".strip()

    @property
    def shown_target(self) -> str:
        """The target in words, empty where there is none."""
        if self.target is None:
            return ""
        return f"{'at least' if self.higher else 'at most'} {self.target:g} {self.unit}".strip()

    @property
    def verdict(self) -> str:
        """Whether the target is reached, in a word."""
        return {True: "reached", False: "missed", None: ""}[self.reached]
