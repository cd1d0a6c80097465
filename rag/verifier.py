"""The verifying model: claim and passage read together, to tell what each of its sentences says to the claim.

The reader's cross-encoder, trained further by `training/` on claims, with int8 weights on onnxruntime. Its
model card lies beside it in `rag/models/verifier/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from rag.cross_encoder import FORM, CrossEncoder, Pair, ReadPassage
from rag.encoder import Floats
from rag.schema import Stance

FOLDER = Path(__file__).parent / "models" / "verifier"
STANCES = (Stance.SUPPORTS, Stance.REFUTES, Stance.NEITHER)
"""What the three logits of a mark stand for, in their order."""
AGREED = {**FORM, "stances": len(STANCES)}
"""What `verifier.json` must say of the weights, which were trained on pairs made so."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the model says of a passage's s sentences, as log-probabilities in the order of `STANCES`.

    `sentences` (s, 3) are of each sentence in its context, `whole` (3,) of the passage.
    """

    sentences: Floats
    whole: Floats


class Verifier(Protocol):
    """Reads claims and passages together."""

    def load(self) -> None:
        """Get ready, so that the first claim does not wait."""

    def judge(self, claim: str, passages: Sequence[ReadPassage]) -> list[Judgement]:
        """What it says of each passage, in parallel."""


class OnnxVerifier:
    """The verifier that comes with Presscheck: int8, on the CPU, one passage at a time.

    A passage with more sentences than one reading takes is read in parts, each for itself. Raises ModelError
    when its files are missing, damaged or of another version.
    """

    def __init__(self, folder: Path = FOLDER, *, threads: int = 0) -> None:
        self._model = CrossEncoder(folder, "verifier", agreed=AGREED, threads=threads)

    def load(self) -> None:
        """Read its files, and check them."""
        self._model.load()

    def judge(self, claim: str, passages: Sequence[ReadPassage]) -> list[Judgement]:
        """What it says of each passage, in parallel; the same whatever other passages there are."""
        return [
            _joined([interpret(logits, asked) for asked, logits in self._model.read(claim, passage)])
            for passage in passages
        ]


def interpret(logits: Floats, asked: Pair) -> Judgement:
    """Read the model's `logits` for one pair, (n, 3) or longer."""
    rows = np.asarray(logits, dtype=np.float32)[[0, *asked.marks]]
    rows = rows - np.logaddexp.reduce(rows, axis=1, keepdims=True)
    return Judgement(sentences=rows[1:], whole=rows[0])


def _joined(parts: Sequence[Judgement]) -> Judgement:
    """The judgement of a passage from those of its parts in order; the whole is its most decided part's."""
    neither = STANCES.index(Stance.NEITHER)
    nothing = np.log(np.asarray([1e-6, 1e-6, 1.0 - 2e-6], dtype=np.float32))
    return Judgement(
        sentences=np.concatenate([np.zeros((0, len(STANCES)), np.float32), *(p.sentences for p in parts)]),
        whole=min((part.whole for part in parts), key=lambda whole: float(whole[neither]), default=nothing),
    )
