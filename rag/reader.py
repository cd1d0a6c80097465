"""The reading model: question and passage read together, to tell which of its sentences answer.

A cross-encoder of six layers, trained from all-MiniLM-L6-v2 by `training/` on public data, with int8
weights on onnxruntime. Its model card lies beside it in `rag/models/reader/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from rag.cross_encoder import FORM, CrossEncoder, Pair, ReadPassage
from rag.encoder import Floats, Integers
from rag.errors import SettingsError
from rag.settings import LOCAL_READER, NO_READER

FOLDER = Path(__file__).parent / "models" / "reader"
LONGEST_ANSWER = 30  # word pieces
NO_SPAN = -30.0  # the log-odds of a span in a sentence without a word piece
AGREED = {**FORM, "longest_answer": LONGEST_ANSWER}
"""What `reader.json` must say of the weights, which were trained on pairs made so."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the model says of a passage's s sentences.

    `answers` (s,) are log-odds that the sentence answers rather than none of the passage; `spans` (s,)
    those of the likeliest answer within it; `places` (s, 2) where that stands in the sentence, in
    characters.
    """

    answers: Floats
    spans: Floats
    places: Integers


class Reader(Protocol):
    """Reads questions and passages together."""

    def load(self) -> None:
        """Get ready, so that the first reading does not wait."""

    def read(self, question: str, passages: Sequence[ReadPassage]) -> list[Reading]:
        """What it says of each passage, in parallel."""


def interpret(logits: Floats, asked: Pair) -> Reading:
    """Read the model's `logits` for one pair, (n, 3) or longer: a mark's, a span's start's and its end's."""
    marks, starts, ends = np.asarray(logits[: len(asked.ids)], dtype=np.float32).T
    answers = marks[asked.marks] - marks[0]
    spans = np.full(len(asked.marks), NO_SPAN, dtype=np.float32)
    places = np.zeros((len(asked.marks), 2), dtype=np.int32)
    for number, (first, mark) in enumerate(zip(asked.firsts, asked.marks, strict=True)):
        if mark > first:
            start, end = _best_span(starts[first:mark], ends[first:mark]) + first
            spans[number] = starts[start] + ends[end] - (starts[0] + ends[0])
            places[number] = asked.spans[start, 0], asked.spans[end, 1]
    return Reading(answers=answers, spans=spans, places=places)


def _best_span(starts: Floats, ends: Floats) -> Integers:
    """The first and the last piece of the best span of 1 to `LONGEST_ANSWER` of n pieces, n at least 1.

    The one with the highest sum of `starts` (n,) and `ends` (n,); of several the first.
    """
    numbers = np.arange(len(starts))
    further = numbers[None, :] - numbers[:, None]
    allowed = (further >= 0) & (further < LONGEST_ANSWER)
    sums = np.where(allowed, starts[:, None] + ends[None, :], np.float32(-np.inf))
    return np.asarray(np.unravel_index(int(sums.argmax()), sums.shape), dtype=np.int32)


class OnnxReader:
    """The reader that comes with Presscheck: int8, on the CPU, one passage at a time.

    A passage with more sentences than one reading takes is read in parts, each for itself. Raises
    ModelError when its files are missing, damaged or of another version.
    """

    def __init__(self, folder: Path = FOLDER, *, threads: int = 0) -> None:
        way_out = f", or set RAG_READER={NO_READER}"
        self._model = CrossEncoder(folder, "reader", agreed=AGREED, way_out=way_out, threads=threads)

    def load(self) -> None:
        """Read its files, and check them."""
        self._model.load()

    def read(self, question: str, passages: Sequence[ReadPassage]) -> list[Reading]:
        """What it says of each passage, in parallel; the same whatever other passages there are."""
        return [
            _joined([interpret(logits, asked) for asked, logits in self._model.read(question, passage)])
            for passage in passages
        ]


def _joined(readings: Sequence[Reading]) -> Reading:
    """The reading of a passage from those of its parts in order; an empty one without parts."""
    return Reading(
        answers=np.concatenate([np.zeros(0, np.float32), *(r.answers for r in readings)]),
        spans=np.concatenate([np.zeros(0, np.float32), *(r.spans for r in readings)]),
        places=np.concatenate([np.zeros((0, 2), np.int32), *(r.places for r in readings)]),
    )


def open_reader(name: str, *, threads: int = 0) -> Reader | None:
    """The reader that `RAG_READER` names: 'minilm', or None for 'none'. Raises SettingsError otherwise."""
    if name == NO_READER:
        return None
    if name != LOCAL_READER:
        raise SettingsError(
            f"RAG_READER can't be {name!r}. Use {LOCAL_READER!r}, or {NO_READER!r} to do without."
        )
    return OnnxReader(threads=threads)
