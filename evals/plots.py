"""The report's pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evals import metrics
from evals.claim_figures import sureness
from evals.claim_judging import ClaimOutcome
from evals.judging import Outcome
from evals.metrics import CALIBRATION_BINS, CalibrationBin, percentile
from evals.report import reliability

_SIZE = (5.0, 4.0)  # inches
_INK, _FAINT = "#1d4ed8", "#94a3b8"


def write_plots(outcomes: Sequence[Outcome], folder: Path, *, claims: Sequence[ClaimOutcome] = ()) -> None:
    """Write reliability.png and latency.png to `folder`, and reliability-claims.png if there are claims."""
    import matplotlib as mpl

    mpl.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    if outcomes:
        _reliability(
            reliability(outcomes), folder / "reliability.png", right="best evidence is right", of="questions"
        )
        _latency(outcomes, folder / "latency.png")
    if claims:
        parts = metrics.calibration_bins(*sureness(claims))
        _reliability(parts, folder / "reliability-claims.png", right="verdict is right", of="claims")


def _reliability(parts: Sequence[CalibrationBin], path: Path, *, right: str, of: str) -> None:
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=_SIZE, layout="constrained")
    axes.plot([0, 1], [0, 1], color=_FAINT, linestyle="--", label="perfectly calibrated")
    middles = [(part.low + part.high) / 2 for part in parts]
    axes.bar(middles, [p.accuracy for p in parts], width=0.9 / CALIBRATION_BINS, color=_FAINT, alpha=0.5)
    axes.plot([p.confidence for p in parts], [p.accuracy for p in parts], "o-", color=_INK, label="measured")
    for middle, part in zip(middles, parts, strict=True):
        axes.annotate(str(part.count), (middle, 0.02), ha="center", fontsize=8)
    axes.set(
        xlim=(0, 1),
        ylim=(0, 1.05),
        xlabel="confidence",
        ylabel=right,
        title=f"Reliability ({of} per bin)",
    )
    axes.legend(loc="upper left", frameon=False)
    # Without the version of matplotlib in it, the same picture is the same file.
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def _latency(outcomes: Sequence[Outcome], path: Path) -> None:
    from matplotlib import pyplot as plt

    values = [outcome.latency_ms for outcome in outcomes]
    figure, axes = plt.subplots(figsize=_SIZE, layout="constrained")
    # On a logarithmic axis, one slow question doesn't press all others into one column.
    low, high = max(min(values, default=1), 0.1), max(values, default=10)
    axes.hist(values, bins=np.geomspace(low, max(high, 2 * low), 30).tolist(), color=_INK, alpha=0.8)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("{x:g}")
    for q, style in ((50, "-"), (95, "--")):
        value = percentile(values, q)
        if value is not None:
            axes.axvline(value, color="black", linestyle=style, label=f"p{q}: {value:.0f} ms")
    axes.set(xlabel="milliseconds", ylabel="questions", title="Latency of a question")
    axes.legend(frameon=False)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)
