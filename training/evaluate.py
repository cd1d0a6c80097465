"""Prints what each part of the pipeline adds, cross-validated by article.

    python -m training.evaluate --data FOLDER --compare

Each row ranks the sentences of the three passages that it retrieves by the signals that it has, and is
calibrated on them; trees and calibration see none of the judged article, nor do the readers whose
readings the last rows read: `training/readings*.npz`, one file a seed, and `training/late.npz` of the
late-interaction head in the reader's place. The spread is the standard
deviation over the eight articles; with several seeds of the reader, also that over seeds.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from sklearn.metrics import roc_auc_score

from rag.retrieval import Candidate
from rag.signals import LEXICAL_SIGNALS, READER_SIGNALS, SIGNALS, TOKEN_SIGNALS
from training.ranker import WHOLE, Judged, Setup, figures, judge_all, judge_out_of_fold
from training.readings import LATE_READINGS, READINGS, Readings

COLUMNS = {
    "best sentence": f"first sentence right, {WHOLE}",
    "first citation": "first citation right, of all answerable questions",
    "removed": "AUROC, removed",
    "adversarial": "AUROC, adversarial",
    "absent at .9": "answered, absent, at a coverage of 0.9",
    "ECE": "expected calibration error",
}


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way to answer: what passages are ordered by, the signals their sentences are ranked by, who reads."""

    signals: tuple[str, ...]
    order: Callable[[Candidate], float] | None = None  # None: as the product does
    reads: Literal["nobody", "reader", "late"] = "nobody"


_DENSE = ("sentence_cosine", "passage_cosine")
WAYS: Mapping[str, Way] = {
    "BM25 only": Way(order=lambda c: c.bm25, signals=("sentence_bm25",)),
    "dense only": Way(order=lambda c: c.dense, signals=_DENSE),
    "fused": Way(order=lambda c: c.fused, signals=("sentence_bm25", "passage_fused", *_DENSE)),
    "+ MaxSim": Way(signals=("sentence_bm25", "passage_fused", *TOKEN_SIGNALS)),
    "+ ranker": Way(signals=TOKEN_SIGNALS + LEXICAL_SIGNALS),
    "+ reader": Way(signals=SIGNALS, reads="reader"),
    "reader alone": Way(signals=READER_SIGNALS, reads="reader"),
    "+ late head": Way(signals=SIGNALS, reads="late"),
    "late head alone": Way(signals=READER_SIGNALS, reads="late"),
}


def compare(data: Path, readers: Sequence[Path], late: Path | None) -> dict[str, dict[str, list[float]]]:
    """For each way and column: the figure, its spread over articles and that over seeds of the reader."""
    files: Mapping[str, Sequence[Path]] = {"reader": readers, "late": [late] if late is not None else []}
    said: dict[str, Sequence[Readings | None]] = {"nobody": [None]}
    said |= {kind: [Readings.load(path) for path in paths] for kind, paths in files.items()}
    setups = {
        name: [Setup(order=way.order, readings=own) for own in said[way.reads]] for name, way in WAYS.items()
    }
    asked = judge_all(data, [setup for own in setups.values() for setup in own])
    table: dict[str, dict[str, list[float]]] = {}
    for name, own in setups.items():
        measured = [judge_out_of_fold(asked[setup], WAYS[name].signals) for setup in own]
        if measured:
            table[name] = {column: _spread(measured, figure) for column, figure in COLUMNS.items()}
            print(_line(name, table[name]), flush=True)
    return table


def _spread(measured: Sequence[list[Judged]], figure: str) -> list[float]:
    values = [figures(judged)[figure] for judged in measured]
    by_article = [_by_article(judged, figure) for judged in measured]
    own = [spread for spread in by_article if spread is not None]
    return [
        float(np.mean(values)),
        float(np.mean(own)) if own else float("nan"),
        float(np.std(values)) if len(values) > 1 else float("nan"),
    ]


def _by_article(judged: Sequence[Judged], figure: str) -> float | None:
    """The standard deviation over articles of what can be measured on one."""
    values = []
    for group in sorted({j.asked.group for j in judged}):
        own = [j for j in judged if j.asked.group == group]
        answerable = [j for j in own if j.asked.kind == WHOLE]
        if figure.startswith("first sentence"):
            values.append(float(np.mean([j.right for j in answerable])))
        elif figure.startswith("AUROC, "):
            others = [j for j in own if j.asked.kind == figure.removeprefix("AUROC, ")]
            truth = [1] * len(answerable) + [0] * len(others)
            values.append(float(roc_auc_score(truth, [j.probability for j in [*answerable, *others]])))
    return float(np.std(values)) if values else None


def _line(name: str, row: Mapping[str, Sequence[float]]) -> str:
    parts = []
    for mean, articles, seeds in row.values():
        text = f"{mean:.3f}" + (f" ± {articles:.3f}" if not np.isnan(articles) else "")
        parts.append(text + (f" ({seeds:.3f})" if not np.isnan(seeds) else ""))
    return f"| {name} | {' | '.join(parts)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of the public data sets")
    parser.add_argument("--compare", action="store_true", required=True, help="all ways beside each other")
    parser.add_argument("--readings", type=Path, nargs="+", help="the reader's, one file a seed")
    parser.add_argument("--late", type=Path, help="those of the late-interaction head")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    arguments = parser.parse_args()
    readings = arguments.readings or sorted(READINGS.parent.glob("readings*.npz"))
    print(f"| | {' | '.join(COLUMNS)} |\n|---|{'---:|' * len(COLUMNS)}")
    late = arguments.late or (LATE_READINGS if LATE_READINGS.exists() else None)
    table = compare(arguments.data, readings, late)
    if arguments.json:
        arguments.json.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
