"""Alignments of claims with passages, as checking a claim has them, with every text encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from rag.alignment import align
from rag.encoder import Encoder, Floats
from rag.retrieval import Query
from rag.tokens import CompressedStates, as_stored, compress


class Alignments:
    """What `rag.alignment` says of claims and passages."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._query = cache(self._read)
        self._states = cache(self._encoded)

    def of(self, claim: str, sentences: Sequence[str]) -> Floats:
        """The alignment (s, k) of each sentence of a passage with a claim.

        A passage that exceeds the encoder's window is encoded sentence by sentence.
        """
        if not sentences:
            return align(self._query(claim), None, [])
        states, places = self._states(tuple(sentences))
        return align(self._query(claim), states, places)

    def _read(self, claim: str) -> Query:
        return Query.read(claim, self._encoder)

    def _encoded(self, sentences: tuple[str, ...]) -> tuple[CompressedStates | None, list[tuple[int, int]]]:
        ends = np.cumsum([len(sentence) + 1 for sentence in sentences]).tolist()
        places = [(end - 1 - len(sentence), end - 1) for sentence, end in zip(sentences, ends, strict=True)]
        whole = " ".join(sentences)
        if self._encoder.count_word_pieces(whole) <= self._encoder.max_word_pieces:
            return self._compressed(whole), places
        parts = [part for text in sentences if (part := self._compressed(text)) is not None]
        if len(parts) < len(sentences):
            return None, places
        return (
            CompressedStates(
                ids=np.concatenate([part.ids for part in parts]),
                vectors=np.concatenate([part.vectors for part in parts]),
                spans=np.concatenate(
                    [part.spans + start for part, (start, _) in zip(parts, places, strict=True)]
                ),
            ),
            places,
        )

    def _compressed(self, text: str) -> CompressedStates | None:
        encoding = self._encoder.encode(text)
        return as_stored(compress(encoding.tokens)) if encoding.tokens is not None else None
