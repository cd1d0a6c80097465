"""What verifiers say of claims that they did not see, and how these align: made once and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import numpy as np

from rag.encoder import Floats
from rag.verifier import Judgement
from training.claims import ClaimExample

JUDGEMENTS = Path(__file__).parent / "judgements.npz"
"""Those of the shipped verifier's recipe: the calibration is made and measured on them."""
KEPT_ALIGNMENTS = Path(__file__).parent / "alignments.npz"
"""Those of the same claims and passages."""


def key_of(example: ClaimExample) -> str:
    """The same for the same claim on the same passage."""
    content = "\x1f".join((example.claim, example.title, *example.sentences))
    return hashlib.sha256(content.encode("utf-8")).hexdigest()[:16]


class KeptRows:
    """A table of numbers for each claim on a passage."""

    def __init__(self, found: dict[str, Floats]) -> None:
        self._found = found

    def __contains__(self, example: ClaimExample) -> bool:
        return key_of(example) in self._found

    def __len__(self) -> int:
        return len(self._found)

    def rows_of(self, example: ClaimExample) -> Floats:
        """The table of a claim on its passage; KeyError where there is none."""
        return self._found[key_of(example)]

    @classmethod
    def made(cls, examples: Iterable[ClaimExample], tables: Iterable[Floats]) -> Self:
        """From examples and their tables, in parallel."""
        return cls({key_of(example): own for example, own in zip(examples, tables, strict=True)})

    @classmethod
    def joined(cls, parts: Iterable[KeptRows]) -> Self:
        """Those of all parts."""
        return cls({key: own for part in parts for key, own in part._found.items()})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file that `save` wrote."""
        with np.load(path) as table:
            keys, counts, rows = table["keys"].tolist(), table["counts"], table["rows"].astype(np.float32)
        ends = np.cumsum(counts)
        return cls({key: rows[end - count : end] for key, count, end in zip(keys, counts, ends, strict=True)})

    def save(self, path: Path) -> None:
        """Write the tables in half precision."""
        items = sorted(self._found.items())
        np.savez_compressed(
            path,
            keys=np.asarray([key for key, _ in items]),
            counts=np.asarray([len(own) for _, own in items], dtype=np.int32),
            rows=np.concatenate([own for _, own in items]).astype(np.float16),
        )


class Judgements(KeptRows):
    """Log-probabilities of the stances, (1 + s, 3) for each passage of s sentences: the whole one's first."""

    def of(self, example: ClaimExample) -> Judgement:
        """The judgement of a claim on its passage; KeyError for one that was not judged."""
        rows = self.rows_of(example)
        return Judgement(sentences=rows[1:], whole=rows[0])
