"""What verifiers say of human claims that they did not see, made once and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from rag.encoder import Floats
from rag.verifier import Judgement
from training.claims import ClaimExample

JUDGEMENTS = Path(__file__).parent / "judgements.npz"
"""Those of the shipped verifier's recipe: the calibration is made and measured on them."""


def key_of(example: ClaimExample) -> str:
    """The same for the same claim on the same passage."""
    content = "\x1f".join((example.claim, example.title, *example.sentences))
    return hashlib.sha256(content.encode("utf-8")).hexdigest()[:16]


class Judgements:
    """The judgements by claim and passage, kept as one table of log-probabilities."""

    def __init__(self, found: dict[str, Judgement]) -> None:
        self._found = found

    def __contains__(self, example: ClaimExample) -> bool:
        return key_of(example) in self._found

    def __len__(self) -> int:
        return len(self._found)

    def of(self, example: ClaimExample) -> Judgement:
        """The judgement of a claim on its passage; KeyError for one that was not judged."""
        return self._found[key_of(example)]

    @classmethod
    def made(cls, examples: Sequence[ClaimExample], rows: Sequence[Floats]) -> Judgements:
        """From log-probabilities (1 + s, 3), the whole passage's first."""
        return cls(
            {
                key_of(example): Judgement(sentences=own[1:], whole=own[0])
                for example, own in zip(examples, rows, strict=True)
            }
        )

    @classmethod
    def joined(cls, parts: Iterable[Judgements]) -> Judgements:
        """Those of all parts."""
        return cls({key: judged for part in parts for key, judged in part._found.items()})

    @classmethod
    def load(cls, path: Path) -> Judgements:
        """Read a file that `save` wrote."""
        with np.load(path) as table:
            keys, counts, rows = table["keys"].tolist(), table["counts"], table["rows"].astype(np.float32)
        ends = np.cumsum(counts)
        return cls(
            {
                key: Judgement(sentences=rows[end - count + 1 : end], whole=rows[end - count])
                for key, count, end in zip(keys, counts, ends, strict=True)
            }
        )

    def save(self, path: Path) -> None:
        """Write the log-probabilities in half precision."""
        items = sorted(self._found.items())
        rows = [np.concatenate([judged.whole[None], judged.sentences]) for _, judged in items]
        np.savez_compressed(
            path,
            keys=np.asarray([key for key, _ in items]),
            counts=np.asarray([len(own) for own in rows], dtype=np.int32),
            rows=np.concatenate(rows).astype(np.float16),
        )
