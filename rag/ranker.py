"""Which sentence answers, and how sure that is: a learned ranker over the signals, and its calibration.

Both come from `python -m training.ranker` and lie in `rag/models/ranker/`, with their model card.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from rag._model_files import open_session, read_model_file, undamaged
from rag.cross_encoder import ReadPassage
from rag.encoder import Floats
from rag.errors import ModelError
from rag.reader import Reader, Reading
from rag.retrieval import Candidate, Query
from rag.signals import (
    LEXICAL_SIGNALS,
    READER_SIGNALS,
    SIGNALS,
    TOKEN_SIGNALS,
    SentenceRow,
    leads,
    read_signals,
    texts_to_read,
)

FOLDER = Path(__file__).parent / "models" / "ranker"
PASSAGES_READ = 3  # the best passages, whose sentences are ranked
SCORE_SIGNALS = ("ranker_score", "ranker_lead")
WEIGHTS: Mapping[str, tuple[str, ...]] = {
    "full-read": TOKEN_SIGNALS + LEXICAL_SIGNALS + READER_SIGNALS,
    "lexical-read": LEXICAL_SIGNALS + READER_SIGNALS,
    "full": TOKEN_SIGNALS + LEXICAL_SIGNALS,
    "lexical": LEXICAL_SIGNALS,
}
"""The signals that each set of weights ranks by: with or without token states, with or without a reader."""


@dataclass(frozen=True, kw_only=True)
class RankedSentence:
    """A sentence with the ranker's score and the calibrated probability (0 to 1) that it answers."""

    row: SentenceRow
    score: float
    probability: float


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Sentences, best first, and the lowest probability (0 to 1) to answer with.

    `readings` are what the reader said of each passage, so that none is read twice.
    """

    sentences: tuple[RankedSentence, ...]
    threshold: float
    readings: Mapping[ReadPassage, Reading] = field(default_factory=dict)


def calibration_table(signals: Floats, scores: Floats, names: Sequence[str]) -> Floats:
    """What a calibration reads (n, len(names)), of `signals` (n, len(SIGNALS)) and the ranker's `scores`."""
    table = np.column_stack([signals, scores, leads(scores)])
    every = (*SIGNALS, *SCORE_SIGNALS)
    return np.asarray(table[:, [every.index(name) for name in names]], dtype=np.float32)


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
        chosen = calibration_table(signals, scores, self.signals)
        logits = ((chosen - self.mean) / self.scale) @ self.coefficients + self.intercept
        return np.asarray(1.0 / (1.0 + np.exp(-logits)), dtype=np.float32)


class SentenceRanker:
    """Ranks the sentences of candidate passages for a question, with what the `reader` says of them, if any.

    Without token states or without a reader it uses weights of their own for that case. Raises ModelError
    when its files are missing or damaged.
    """

    def __init__(self, folder: Path = FOLDER, *, reader: Reader | None = None) -> None:
        self._folder = folder
        self._reader = reader
        self._scorers: dict[str, _Scorer] = {}

    def rank(
        self,
        query: Query,
        candidates: Sequence[Candidate],
        titles: Sequence[str],
        *,
        readings: Mapping[ReadPassage, Reading] | None = None,
    ) -> Ranking:
        """Rank the body sentences of `candidates`; `titles` are their articles', in parallel.

        Of a passage in `readings` that is taken, the others are read.
        """
        passages = _to_read(candidates, titles)
        read = self._read(query.text, passages, known=readings or {})
        in_turn = [read[passage] for passage in passages] if self._reader is not None else None
        rows, signals = read_signals(query, candidates, titles, in_turn)
        scorer = self._scorer(tokens=_has_tokens(signals), read=self._reader is not None)
        if not rows:
            return Ranking(sentences=(), threshold=scorer.calibration.threshold)
        scores = scorer.scores(signals)
        probabilities = scorer.calibration.probabilities(signals, scores)
        ranked = [
            RankedSentence(row=row, score=float(score), probability=float(probability))
            for row, score, probability in zip(rows, scores, probabilities, strict=True)
        ]
        ranked.sort(key=lambda r: (-r.score, r.row.candidate.passage.article_id, r.row.sentence.start))
        return Ranking(sentences=tuple(ranked), threshold=scorer.calibration.threshold, readings=read)

    def load(self, *, tokens: bool = True) -> None:
        """Read the weights that questions need, with or without token states, and check them."""
        self._scorer(tokens=tokens, read=self._reader is not None)
        if self._reader is not None:
            self._reader.load()

    def rank_rest(
        self,
        query: Query,
        candidates: Sequence[Candidate],
        titles: Sequence[str],
        *,
        ranking: Ranking,
        taken: Collection[RankedSentence],
    ) -> Ranking:
        """Rank the sentences that are not `taken` of a `ranking`, as if those taken were not there."""
        rest = [
            (_without(candidate, taken), candidate, title)
            for candidate, title in zip(candidates, titles, strict=True)
        ]
        rest = [(left, whole, title) for left, whole, title in rest if left.passage.sentences]
        again = self.rank(
            query, [left for left, _, _ in rest], [title for _, _, title in rest], readings=ranking.readings
        )
        whole_of = {whole.passage.id: whole for _, whole, _ in rest}
        return replace(
            again,
            sentences=tuple(replace(one, row=_row_in(whole_of, one.row)) for one in again.sentences),
            readings={**ranking.readings, **again.readings},
        )

    def _read(
        self, question: str, passages: Sequence[ReadPassage], *, known: Mapping[ReadPassage, Reading]
    ) -> dict[ReadPassage, Reading]:
        """What the reader says of each passage; empty without a reader."""
        if self._reader is None:
            return {}
        unread = [passage for passage in dict.fromkeys(passages) if passage not in known]
        new = dict(zip(unread, self._reader.read(question, unread), strict=True))
        return {passage: new[passage] if passage in new else known[passage] for passage in passages}

    def _scorer(self, *, tokens: bool, read: bool) -> _Scorer:
        name = ("full" if tokens else "lexical") + ("-read" if read else "")
        if name not in self._scorers:
            self._scorers[name] = _Scorer(self._folder, name, WEIGHTS[name])
        return self._scorers[name]


def _to_read(candidates: Sequence[Candidate], titles: Sequence[str]) -> list[ReadPassage]:
    return [
        ReadPassage(title=title, sentences=texts_to_read(candidate.passage))
        for candidate, title in zip(candidates, titles, strict=True)
    ]


def _without(candidate: Candidate, taken: Collection[RankedSentence]) -> Candidate:
    passage = candidate.passage
    gone = {one.row.sentence for one in taken if one.row.candidate.passage.id == passage.id}
    kept = tuple(sentence for sentence in passage.sentences if sentence not in gone)
    return replace(candidate, passage=replace(passage, sentences=kept))


def _row_in(whole_of: Mapping[str, Candidate], row: SentenceRow) -> SentenceRow:
    """The row of the same sentence in its whole passage."""
    whole = whole_of[row.candidate.passage.id]
    return SentenceRow(whole, whole.passage.sentences.index(row.sentence))


def _has_tokens(signals: Floats) -> bool:
    return not bool(np.isnan(signals[:, : len(TOKEN_SIGNALS)]).any())


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
    card = folder / f"{name}.json"
    content = read_model_file(card, model="ranker")
    with undamaged(card, model="ranker"):
        expected = str(json.loads(content)["trees_sha256"])
    return open_session(read_model_file(folder / f"{name}.onnx", model="ranker", sha256=expected))


def _read_calibration(path: Path) -> Calibration:
    content = read_model_file(path, model="ranker")
    with undamaged(path, model="ranker"):
        values = json.loads(content)
        return Calibration(
            signals=tuple(values["signals"]),
            mean=np.asarray(values["mean"], dtype=np.float32),
            scale=np.asarray(values["scale"], dtype=np.float32),
            coefficients=np.asarray(values["coefficients"], dtype=np.float32),
            intercept=float(values["intercept"]),
            threshold=float(values["threshold"]),
        )
