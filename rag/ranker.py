"""Which sentence answers, and how sure that is: a learned ranker over the signals, and its calibration.

Both come from `python -m training.ranker` and lie in `rag/models/ranker/`, with their model card.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rag.encoder import Floats
from rag.errors import ModelError
from rag.retrieval import Candidate, Query
from rag.signals import LEXICAL_SIGNALS, SIGNALS, SentenceRow, leads, read_signals

FOLDER = Path(__file__).parent / "models" / "ranker"
PASSAGES_READ = 5  # the best passages, whose sentences are ranked
SCORE_SIGNALS = ("ranker_score", "ranker_lead")


@dataclass(frozen=True, kw_only=True)
class RankedSentence:
    """A sentence with the ranker's score and the calibrated probability (0 to 1) that it answers."""

    row: SentenceRow
    score: float
    probability: float


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Logistic regression from a sentence's signals to the probability that it answers.

    Platt 1999, with the signals beside the score. `threshold` is the lowest probability to answer with.
    """

    signals: tuple[str, ...]
    mean: Floats
    scale: Floats
    coefficients: Floats
    intercept: float
    threshold: float

    def probabilities(self, signals: Floats, scores: Floats) -> Floats:
        """The probability (n,) of each row of `signals` (n, len(SIGNALS)) with the ranker's `scores` (n,)."""
        table = np.column_stack([signals, scores, leads(scores)])
        names = (*SIGNALS, *SCORE_SIGNALS)
        chosen = table[:, [names.index(name) for name in self.signals]]
        logits = ((chosen - self.mean) / self.scale) @ self.coefficients + self.intercept
        return np.asarray(1.0 / (1.0 + np.exp(-logits)), dtype=np.float32)


class SentenceRanker:
    """Ranks the sentences of candidate passages for a question.

    With token states all signals count; without them the lexical ones alone, with weights of their own.
    Raises ModelError when its files are missing or damaged.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    def rank(
        self, query: Query, candidates: Sequence[Candidate], titles: Sequence[str]
    ) -> list[RankedSentence]:
        """The body sentences of `candidates`, best first; `titles` are their articles', in parallel."""
        rows, signals = read_signals(query, candidates, titles)
        if not rows:
            return []
        scorer = self._lexical if np.isnan(signals).any() else self._full
        scores = scorer.scores(signals)
        probabilities = scorer.calibration.probabilities(signals, scores)
        ranked = [
            RankedSentence(row=row, score=float(score), probability=float(probability))
            for row, score, probability in zip(rows, scores, probabilities, strict=True)
        ]
        return sorted(
            ranked, key=lambda r: (-r.score, r.row.candidate.passage.article_id, r.row.sentence.start)
        )

    def load(self) -> None:
        """Read the weights that most questions need, and check them."""
        _ = self._full

    def threshold(self, query: Query) -> float:
        """The lowest probability to answer with."""
        return (self._full if query.tokens is not None else self._lexical).calibration.threshold

    @cached_property
    def _full(self) -> _Scorer:
        return _Scorer(self._folder, "full", SIGNALS)

    @cached_property
    def _lexical(self) -> _Scorer:
        return _Scorer(self._folder, "lexical", LEXICAL_SIGNALS)


class _Scorer:
    """One set of weights: gradient-boosted trees in ONNX and their calibration."""

    def __init__(self, folder: Path, name: str, signals: Sequence[str]) -> None:
        self._columns = [SIGNALS.index(signal) for signal in signals]
        self._trees = _session(folder, name)
        self.calibration = _read_calibration(folder / f"{name}.json")
        unknown = set(self.calibration.signals) - {*SIGNALS, *SCORE_SIGNALS}
        if unknown:
            raise ModelError(
                f"The ranker in {folder} needs signals that are not read: {', '.join(sorted(unknown))}. "
                f"Install Presscheck again."
            )

    def scores(self, signals: Floats) -> Floats:
        """The ranker's score (n,) of each row of all signals."""
        chosen = np.ascontiguousarray(signals[:, self._columns], dtype=np.float32)
        return np.asarray(self._trees.run(None, {"signals": chosen})[0], dtype=np.float32).reshape(-1)


def _session(folder: Path, name: str) -> Any:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    path = folder / f"{name}.onnx"
    content = _read(path)
    with _reading(folder / f"{name}.json"):
        expected = json.loads(_read(folder / f"{name}.json"))["trees_sha256"]
    if hashlib.sha256(content).hexdigest() != expected:
        raise ModelError(f"The ranker's file {path} is damaged (SHA-256 differs). Install Presscheck again.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _read_calibration(path: Path) -> Calibration:
    with _reading(path):
        values = json.loads(_read(path))
        return Calibration(
            signals=tuple(values["signals"]),
            mean=np.asarray(values["mean"], dtype=np.float32),
            scale=np.asarray(values["scale"], dtype=np.float32),
            coefficients=np.asarray(values["coefficients"], dtype=np.float32),
            intercept=float(values["intercept"]),
            threshold=float(values["threshold"]),
        )


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"The ranker's file {path} is damaged ({type(error).__name__}: {error}). "
            f"Install Presscheck again."
        ) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"The ranker's file {path} can't be read ({error.strerror}). Install Presscheck again."
        ) from error
