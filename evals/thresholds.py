"""What the figures may not fall below: the baseline, and what must hold in any case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BASELINE = Path(__file__).parent / "baseline.json"
TOLERANCE = 0.03
"""How much worse than the baseline a figure may be: about what another processor's rounding does."""

MUST: Mapping[str, float] = {
    "citation_exactness": 1.0,
    "poisoned": 0.0,
    "alone_changed": 0.0,
    "questions_changed": 0.0,
}

Values = Mapping[str, Mapping[str, float | None]]
"""Figures by group ("all", "seed", "squad", ...) and name; None where one does not apply."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One figure against its threshold."""

    group: str
    name: str
    value: float | None
    threshold: float
    higher: bool

    @property
    def passed(self) -> bool:
        """Whether the figure is there and not worse than the threshold."""
        if self.value is None:
            return False
        return self.value >= self.threshold if self.higher else self.value <= self.threshold


def baseline_of(values: Values, higher: Mapping[str, bool]) -> dict[str, dict[str, dict[str, float]]]:
    """The baseline that these values make: each with its threshold, a tolerance away from it."""
    return {
        group: {
            name: {"value": round(value, 4), "threshold": _threshold(name, value, higher[name])}
            for name, value in row.items()
            if value is not None and name in higher
        }
        for group, row in values.items()
    }


def _threshold(name: str, value: float, higher: bool) -> float:
    if name in MUST:
        return MUST[name]
    moved = value - TOLERANCE if higher else value + TOLERANCE
    return round(min(1.0, max(0.0, moved)), 4)


def checks(values: Values, higher: Mapping[str, bool], baseline: Path = BASELINE) -> tuple[Check, ...]:
    """The figures of the groups in `values` against the baseline's thresholds, and what must hold.

    A figure that has a threshold and no value fails; a group that was not measured is passed over.
    """
    stored = read_baseline(baseline)
    found = []
    for group, row in values.items():
        wanted = {name: entry["threshold"] for name, entry in stored.get(group, {}).items()}
        wanted |= {name: least for name, least in MUST.items() if row.get(name) is not None}
        found += [
            Check(group=group, name=name, value=row.get(name), threshold=threshold, higher=higher[name])
            for name, threshold in wanted.items()
            if name in higher
        ]
    return tuple(found)


def read_baseline(path: Path = BASELINE) -> dict[str, dict[str, dict[str, float]]]:
    """The stored baseline; empty where there is none yet."""
    if not path.exists():
        return {}
    stored: dict[str, dict[str, dict[str, float]]] = json.loads(path.read_text(encoding="utf-8"))
    return stored


def update_baseline(values: Values, higher: Mapping[str, bool], path: Path = BASELINE) -> None:
    """Make these values the baseline of their groups; other groups keep theirs."""
    merged = read_baseline(path) | baseline_of(values, higher)
    path.write_text(json.dumps(merged, indent=2, sort_keys=True) + "\n", encoding="utf-8")
