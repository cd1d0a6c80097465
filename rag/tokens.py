"""The token states of every passage, compressed, in one memory-mapped file beside the index.

Late interaction (ColBERT, Khattab and Zaharia 2020) compares a question with a passage token by token,
so it needs the states the encoder gave each token. They are projected to 128 dimensions and kept as
8-bit integers with one scale each: 144 bytes a token. The file is derived from the index: it may be
deleted at any time and is made again, passage by passage, when it is needed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rag._blas import one_blas_thread
from rag.encoder import Floats, Integers, TokenStates, unit_length
from rag.errors import IndexUnavailableError, ModelError

PROJECTION_PATH = Path(__file__).parent / "models" / "minilm" / "token_projection.npy"
RECORD = np.dtype(
    [("id", "<i4"), ("start", "<i4"), ("end", "<i4"), ("scale", "<f4"), ("state", "i1", (128,))]
)
_MOST_GARBAGE = 0.5  # of the file, before it is written anew


@dataclass(frozen=True, kw_only=True)
class CompressedStates:
    """Token states as retrieval uses them, of n tokens: unit vectors (n, 128), `ids` (n,), `spans` (n, 2).

    Spans are in characters of the text that was encoded.
    """

    ids: Integers
    vectors: Floats
    spans: Integers


@cache
def projection() -> Floats:
    """The matrix (384, 128) that token states are projected with.

    Its columns are the first 128 right singular vectors of a sample of token states
    (`python -m training.background`); there is no centring, so that dot products are kept. Raises ModelError
    when its file is missing or damaged.
    """
    try:
        return np.asarray(np.load(PROJECTION_PATH), dtype=np.float32)
    except (OSError, ValueError, EOFError) as error:
        raise ModelError(
            f"The projection {PROJECTION_PATH} is missing or damaged ({error}). Install Presscheck again."
        ) from error


def compress(states: TokenStates) -> CompressedStates:
    """Project token states (n, 384) to unit vectors (n, 128)."""
    with one_blas_thread():
        vectors = unit_length(states.vectors @ projection())
    return CompressedStates(ids=states.ids, vectors=vectors, spans=states.spans)


class _Place(NamedTuple):
    """Where a passage's `length` records begin in the file, of what text they are, and their checksum."""

    first: int
    length: int
    text: str
    checksum: int


class TokenStore:
    """The compressed token states of passages, by passage id, in a folder of their own.

    A passage's states count only while its text is the one they were made from. Only one process may
    write at a time (the index's lock sees to it); readers in other processes keep what they have mapped.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._records = np.empty(0, dtype=RECORD)
        self._places: dict[str, _Place] = {}

    @classmethod
    def open(cls, folder: Path) -> TokenStore:
        """Open the store in `folder`; a missing or damaged one counts as empty."""
        store = cls(folder)
        store.reload()
        return store

    @property
    def _table(self) -> Path:
        return self._folder / "passages.json"

    def reload(self) -> None:
        """Read what is on the disk now; it may have been written by another process."""
        self._places, self._records = {}, np.empty(0, dtype=RECORD)
        try:
            table = json.loads(self._table.read_text(encoding="utf-8"))
            path = self._folder / table["file"]
            whole = path.stat().st_size // RECORD.itemsize
            if table["projection"] != _fingerprint() or not whole:
                return
            places = {
                key: _Place(int(first), int(length), str(text), int(checksum))
                for key, (first, length, text, checksum) in table["passages"].items()
            }
            # A write that was cut short leaves a table that points behind the end of its file.
            if all(0 <= place.first <= place.first + place.length <= whole for place in places.values()):
                self._records = np.memmap(path, dtype=RECORD, mode="r", shape=(whole,))
                self._places = places
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return  # derived data: whatever is damaged is made again

    def holds(self, passage_id: str, text: str) -> bool:
        """Whether the states of this very text are stored, undamaged."""
        place = self._places.get(passage_id)
        if place is None or place.text != _text_hash(text):
            return False
        # A flipped bit would change the ranking without a word, or make a number that is no word piece.
        return zlib.crc32(self._at(place).tobytes()) == place.checksum

    def get(self, passage_id: str) -> CompressedStates:
        """The states of a passage that the store holds; KeyError when they are not stored."""
        return _unpack(self._at(self._places[passage_id]))

    def _at(self, place: _Place) -> npt.NDArray[np.void]:
        return self._records[place.first : place.first + place.length]

    def add(self, new: Mapping[str, tuple[str, CompressedStates]]) -> None:
        """Store `new`: passage id to its text and states.

        The file is appended to, then the table replaced in one step: whoever reads in between, or after a
        crash, sees the old table, which is still true. Raises IndexUnavailableError when it can't be written.
        """
        with self._writing():
            name, places = self._append(new)
            self._write_table(name, self._places | places)

    def keep_only(self, passage_ids: Collection[str]) -> None:
        """Forget all other passages; their space is given back once they are half of the file."""
        kept = {key: place for key, place in self._places.items() if key in passage_ids}
        if len(kept) == len(self._places):
            return
        used = sum(place.length for place in kept.values())
        with self._writing():
            if used < (1 - _MOST_GARBAGE) * len(self._records):
                self._write_anew(kept)
            else:
                self._write_table(self._file_name(), kept)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            yield
        except OSError as error:
            raise IndexUnavailableError(
                f"The token states can't be written to {self._folder} ({error.strerror}). "
                f"Free some space or set RAG_INDEX_DIR to another folder."
            ) from error
        self.reload()

    def _append(self, new: Mapping[str, tuple[str, CompressedStates]]) -> tuple[str, dict[str, _Place]]:
        name = self._file_name() or _new_name()
        places: dict[str, _Place] = {}
        first = len(self._records)
        with (self._folder / name).open("ab") as file:
            # A crash may have left part of a record behind; whole ones stay, other processes map them.
            file.truncate(first * RECORD.itemsize)
            for key, (text, states) in new.items():
                packed = _pack(states).tobytes()
                file.write(packed)
                places[key] = _Place(first, len(states.ids), _text_hash(text), zlib.crc32(packed))
                first += len(states.ids)
            file.flush()
            os.fsync(file.fileno())
        return name, places

    def _write_anew(self, kept: Mapping[str, _Place]) -> None:
        name = _new_name()
        places: dict[str, _Place] = {}
        written = 0
        with (self._folder / name).open("wb") as file:
            for key, place in kept.items():
                file.write(self._at(place).tobytes())
                places[key] = place._replace(first=written)
                written += place.length
        self._write_table(name, places)

    def _file_name(self) -> str:
        return Path(str(self._records.filename)).name if isinstance(self._records, np.memmap) else ""

    def _write_table(self, name: str, places: Mapping[str, _Place]) -> None:
        table = {"file": name, "projection": _fingerprint(), "passages": places}
        draft = self._table.with_suffix(".new")
        draft.write_text(json.dumps(table), encoding="utf-8")
        draft.replace(self._table)
        for path in self._folder.glob("states-*.bin"):
            if path.name != name:
                with contextlib.suppress(PermissionError):  # Windows keeps files that another process maps
                    path.unlink(missing_ok=True)


def _pack(states: CompressedStates) -> npt.NDArray[np.void]:
    vectors = states.vectors
    scales = np.maximum(np.abs(vectors).max(axis=1, initial=0.0), 1e-12) / 127
    records = np.empty(len(states.ids), dtype=RECORD)
    records["id"] = states.ids
    records["start"], records["end"] = states.spans[:, 0], states.spans[:, 1]
    records["scale"] = scales
    records["state"] = np.round(vectors / scales[:, None])
    return records


def _unpack(records: npt.NDArray[np.void]) -> CompressedStates:
    return CompressedStates(
        ids=np.asarray(records["id"]),
        vectors=records["state"].astype(np.float32) * records["scale"][:, None],
        spans=np.stack([records["start"], records["end"]], axis=1),
    )


def as_stored(states: CompressedStates) -> CompressedStates:
    """The states as `TokenStore.get` gives them, so that an answer doesn't depend on what is stored."""
    return _unpack(_pack(states))


def _new_name() -> str:
    return f"states-{secrets.token_hex(4)}.bin"


def _text_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@cache
def _fingerprint() -> str:
    return hashlib.sha256(projection().tobytes()).hexdigest()[:12]
