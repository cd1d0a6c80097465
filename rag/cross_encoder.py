"""A question or claim and a passage read together: what the reader and the verifier have in common.

Both are cross-encoders of six layers with int8 weights on onnxruntime, which give three logits for each word
piece; what these mean is their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rag._model_files import encodable, open_session, open_tokenizer, read_model_file, undamaged
from rag.encoder import Floats, Integers
from rag.errors import ModelError

QUESTION_PIECES = 64  # word pieces of a question or claim that are read
TITLE_PIECES = 32
MAX_PIECES = 384  # of question, title and passage together
FORM: Mapping[str, int] = {
    "format": 1,
    "question_pieces": QUESTION_PIECES,
    "title_pieces": TITLE_PIECES,
    "max_pieces": MAX_PIECES,
}
"""How pairs are made, which the weights were trained on."""
_CLS, _SEP = 101, 102


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A question with the passage it is asked of, as the model reads them: n word pieces, s sentences.

    [CLS] question [SEP] title [SEP] first sentence [SEP] second sentence [SEP] ...: the mark after a
    sentence stands for it, [CLS] for "none of them" or for all together. `ids` (n,) are the pieces, `types`
    (n,) 0 up to the question's end and 1 after it, `marks` (s,) each sentence's mark, `firsts` (s,) its first
    piece. `spans` (n, 2) are each piece's start and end in its sentence, in characters.
    """

    ids: Integers
    types: Integers
    marks: Integers
    firsts: Integers
    spans: Integers


@dataclass(frozen=True, kw_only=True)
class ReadPassage:
    """A passage to be read: its article's title, which may be empty, and its sentences in order."""

    title: str
    sentences: tuple[str, ...]


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


class CrossEncoder:
    """The files of such a model in a folder: NAME.onnx, NAME.json, tokenizer.json; one passage at a time.

    `agreed` is what NAME.json must say of the weights, `way_out` what to do without them, for the messages.
    Raises ModelError when its files are missing, damaged or of another version.
    """

    def __init__(
        self, folder: Path, name: str, *, agreed: Mapping[str, int], way_out: str = "", threads: int = 0
    ) -> None:
        self._folder = folder
        self._name = name
        self._agreed = agreed
        self._way_out = way_out
        self._threads = threads

    def load(self) -> None:
        """Read its files, and check them."""
        _ = self._tokenizer, self._session

    def read(self, question: str, passage: ReadPassage) -> Iterator[tuple[Pair, Floats]]:
        """As few pairs as hold all sentences of a passage, each with its logits (n, 3).

        Only a sentence that is too long by itself is cut short.
        """
        for asked in self._pairs(question, passage):
            yield asked, self._logits(asked)

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

    @property
    def _weights(self) -> str:
        return f"{self._name}.onnx"

    @cached_property
    def _sha256(self) -> dict[str, str]:
        """The SHA-256 of each file, from NAME.json."""
        path = self._folder / f"{self._name}.json"
        content = read_model_file(path, model=self._name)
        with undamaged(path, model=self._name):
            card = json.loads(content)
            told = {name: card[name] for name in self._agreed}
            sha256 = {name: str(card["sha256"][name]) for name in (self._weights, "tokenizer.json")}
        other = [f"{name} {value}" for name, value in told.items() if value != self._agreed[name]]
        if other:
            raise ModelError(
                f"The {self._name} in {self._folder} was made for another version of Presscheck "
                f"({', '.join(other)}). Install Presscheck again{self._way_out}."
            )
        return sha256

    @cached_property
    def _session(self) -> Any:
        return open_session(self._content(self._weights), threads=self._threads, fuse=False)

    @cached_property
    def _tokenizer(self) -> Any:
        tokenizer = open_tokenizer(self._content("tokenizer.json"))
        tokenizer.encode_special_tokens = True  # an article that says [SEP] makes no mark
        return tokenizer

    def _content(self, name: str) -> bytes:
        return read_model_file(self._folder / name, model=self._name, sha256=self._sha256[name])
