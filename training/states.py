"""The encoder's token states of the training texts, made once and kept on the disk."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rag.encoder import MODEL_SHA256, Encoder, Integers

Halves = npt.NDArray[np.float16]

DIMENSIONS = 384
TEXTS_A_WRITE = 256


class _Place(NamedTuple):
    first: int
    length: int


class StateCache:
    """The encoder's token states of texts, on the disk: n tokens give 776 bytes each.

    Texts are appended, each under the hash of its content; what a stopped run has written stays. One
    process at a time may write.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._states, self._tokens = folder / "states.f16", folder / "tokens.i32"
        self._table = folder / "texts.txt"
        self._places: dict[str, _Place] = {}
        self._length = 0
        self._read_table()
        self._map()

    def _read_table(self) -> None:
        lines = (
            self._table.read_text(encoding="ascii").splitlines(keepends=True) if self._table.exists() else []
        )
        whole = list(takewhile(lambda line: line.endswith("\n"), lines))
        for line in whole:
            key, length = line.split()
            self._place(key, int(length))
        # A write that was cut short is made again.
        for path, row in ((self._states, 2 * DIMENSIONS), (self._tokens, 8)):
            with path.open("ab") as file:
                file.truncate(self._length * row)
        self._table.write_text("".join(whole), encoding="ascii")

    def _place(self, key: str, length: int) -> None:
        self._places[key] = _Place(self._length, length)
        self._length += length

    def _map(self) -> None:
        if self._length:
            self._vectors: Halves = np.memmap(self._states, np.float16, "r", shape=(self._length, DIMENSIONS))
            self._pieces: Integers = np.memmap(self._tokens, np.int32, "r", shape=(self._length, 2))

    def add(self, texts: Iterable[str], encoder: Encoder) -> int:
        """Encode the texts that are lacking; returns how many."""
        lacking = [text for text in dict.fromkeys(texts) if _key(text) not in self._places]
        started = time.process_time()
        for at in range(0, len(lacking), TEXTS_A_WRITE):
            self._append(lacking[at : at + TEXTS_A_WRITE], encoder)
            done = min(at + TEXTS_A_WRITE, len(lacking))
            print(f"{done} of {len(lacking)} texts, {time.process_time() - started:.0f} s of CPU", flush=True)
        self._map()
        return len(lacking)

    def _append(self, texts: Sequence[str], encoder: Encoder) -> None:
        lines = []
        with self._states.open("ab") as states, self._tokens.open("ab") as pieces:
            for text in texts:
                tokens = encoder.encode(text).tokens
                assert tokens is not None, "training needs an encoder with token states"
                states.write(tokens.vectors.astype(np.float16).tobytes())
                pieces.write(np.column_stack([tokens.ids, tokens.spans[:, 0]]).astype(np.int32).tobytes())
                lines.append((_key(text), len(tokens.ids)))
        # The table comes last: it never speaks of states that are not there.
        with self._table.open("a", encoding="ascii") as table:
            table.writelines(f"{key} {length}\n" for key, length in lines)
        for key, length in lines:
            self._place(key, length)

    def states(self, text: str) -> Halves:
        """The states (n, 384) of a text's tokens; KeyError for one that was not added."""
        first, length = self._places[_key(text)]
        return self._vectors[first : first + length]

    def pieces(self, text: str) -> Integers:
        """The word piece of each token and its start in the text, in characters (n, 2)."""
        first, length = self._places[_key(text)]
        return self._pieces[first : first + length]


def _key(text: str) -> str:
    return hashlib.sha256(f"{MODEL_SHA256}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:24]
