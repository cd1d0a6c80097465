"""The reading model: question and passage read together, to tell which of its sentences answer.

A cross-encoder of six layers, trained from all-MiniLM-L6-v2 by `training/` on public data, with int8
weights on onnxruntime. Its model card lies beside it in `rag/models/reader/`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from rag._model_files import encodable, open_session, open_tokenizer, read_model_file, undamaged
from rag.encoder import Floats, Integers
from rag.errors import ModelError, SettingsError
from rag.settings import LOCAL_READER, NO_READER

FOLDER = Path(__file__).parent / "models" / "reader"
QUESTION_PIECES = 64  # word pieces of a question that are read
TITLE_PIECES = 32
MAX_PIECES = 384  # of question, title and passage together
LONGEST_ANSWER = 30  # word pieces
NO_SPAN = -30.0  # the log-odds of a span in a sentence without a word piece
AGREED = {
    "format": 1,
    "question_pieces": QUESTION_PIECES,
    "title_pieces": TITLE_PIECES,
    "max_pieces": MAX_PIECES,
    "longest_answer": LONGEST_ANSWER,
}
"""What `reader.json` must say of the weights, which were trained on pairs made so."""
_CLS, _SEP = 101, 102


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A question with the passage it is asked of, as the model reads them: n word pieces, s sentences.

    [CLS] question [SEP] title [SEP] first sentence [SEP] second sentence [SEP] ...: the mark after a
    sentence stands for it, [CLS] for "none of them". `ids` (n,) are the pieces, `types` (n,) 0 up to the
    question's end and 1 after it, `marks` (s,) each sentence's mark, `firsts` (s,) its first piece.
    `spans` (n, 2) are each piece's start and end in its sentence, in characters.
    """

    ids: Integers
    types: Integers
    marks: Integers
    firsts: Integers
    spans: Integers


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


@dataclass(frozen=True, kw_only=True)
class ReadPassage:
    """A passage to be read: its article's title, which may be empty, and its sentences in order."""

    title: str
    sentences: tuple[str, ...]


class Reader(Protocol):
    """Reads questions and passages together."""

    def load(self) -> None:
        """Get ready, so that the first reading does not wait."""

    def read(self, question: str, passages: Sequence[ReadPassage]) -> list[Reading]:
        """What it says of each passage, in parallel."""


@dataclass(frozen=True, slots=True)
class _Pieces:
    """The word pieces of a text: their ids and their places in it."""

    ids: list[int]
    places: list[tuple[int, int]]


def pair(tokenizer: Any, question: str, title: str, sentences: Sequence[str]) -> Pair:
    """Put a question, a title and a passage's sentences together; what exceeds `MAX_PIECES` is not read.

    `tokenizer` cuts into word pieces and adds nothing; a sentence cut short keeps its mark.
    """
    head = _head(tokenizer, question, title)
    return _paired(*head, [_pieces(tokenizer, sentence) for sentence in sentences])


def _pieces(tokenizer: Any, text: str) -> _Pieces:
    encoding = tokenizer.encode(encodable(text), add_special_tokens=False)
    return _Pieces(encoding.ids, encoding.offsets)


def _head(tokenizer: Any, question: str, title: str) -> tuple[list[int], list[int]]:
    """The ids of what stands before the sentences: the question's with its marks, the title's."""
    asked = _pieces(tokenizer, question).ids[:QUESTION_PIECES]
    name = _pieces(tokenizer, title).ids[:TITLE_PIECES]
    return [_CLS, *asked, _SEP], [*name, _SEP] if name else []


def _paired(question: list[int], title: list[int], sentences: Sequence[_Pieces]) -> Pair:
    ids = [*question, *title]
    places = [(0, 0)] * len(ids)
    marks, firsts = [], []
    left = MAX_PIECES - len(ids) - len(sentences)
    for sentence in sentences:
        own = sentence.ids[: max(0, left)]
        left -= len(own)
        firsts.append(len(ids))
        ids += [*own, _SEP]
        places += [*sentence.places[: len(own)], (0, 0)]
        marks.append(len(ids) - 1)
    types = [0] * len(question) + [1] * (len(ids) - len(question))
    return Pair(
        ids=np.asarray(ids, dtype=np.int32),
        types=np.asarray(types, dtype=np.int32),
        marks=np.asarray(marks, dtype=np.int32),
        firsts=np.asarray(firsts, dtype=np.int32),
        spans=np.asarray(places, dtype=np.int32).reshape(-1, 2),
    )


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
        self._folder = folder
        self._threads = threads

    def load(self) -> None:
        """Read its files, and check them."""
        _ = self._tokenizer, self._session

    def read(self, question: str, passages: Sequence[ReadPassage]) -> list[Reading]:
        """What it says of each passage, in parallel; the same whatever other passages there are."""
        return [
            _joined([interpret(self._logits(asked), asked) for asked in self._pairs(question, passage)])
            for passage in passages
        ]

    def _pairs(self, question: str, passage: ReadPassage) -> Iterator[Pair]:
        """As few pairs as hold all sentences; only one that is too long by itself is cut short."""
        head = _head(self._tokenizer, question, passage.title)
        room = MAX_PIECES - sum(map(len, head))
        fitting: list[_Pieces] = []
        left = room
        for sentence in (_pieces(self._tokenizer, text) for text in passage.sentences):
            needed = len(sentence.ids) + 1
            if fitting and needed > left:
                yield _paired(*head, fitting)
                fitting, left = [], room
            fitting.append(sentence)
            left -= needed
        if fitting:
            yield _paired(*head, fitting)

    def _logits(self, asked: Pair) -> Floats:
        ids = asked.ids[None].astype(np.int64)
        feeds = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": asked.types[None].astype(np.int64),
        }
        logits: Floats = self._session.run(None, feeds)[0][0]
        return logits

    @cached_property
    def _sha256(self) -> dict[str, str]:
        """The SHA-256 of each file, from `reader.json`."""
        path = self._folder / "reader.json"
        content = read_model_file(path, model="reader")
        with undamaged(path, model="reader"):
            card = json.loads(content)
            told = {name: card[name] for name in AGREED}
            sha256 = {name: str(card["sha256"][name]) for name in ("reader.onnx", "tokenizer.json")}
        other = [f"{name} {value}" for name, value in told.items() if value != AGREED[name]]
        if other:
            raise ModelError(
                f"The reader in {self._folder} was made for another version of Presscheck "
                f"({', '.join(other)}). Install Presscheck again, or set RAG_READER={NO_READER}."
            )
        return sha256

    @cached_property
    def _session(self) -> Any:
        return open_session(self._content("reader.onnx"), threads=self._threads, fuse=False)

    @cached_property
    def _tokenizer(self) -> Any:
        tokenizer = open_tokenizer(self._content("tokenizer.json"))
        tokenizer.encode_special_tokens = True  # an article that says [SEP] makes no mark
        return tokenizer

    def _content(self, name: str) -> bytes:
        return read_model_file(self._folder / name, model="reader", sha256=self._sha256[name])


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
