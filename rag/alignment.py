"""How far a sentence says what a claim says, word piece by word piece: late interaction of their states.

Shared words count only where they are the same; an encoder's states are near each other where words mean
much the same as well (ColBERT, Khattab and Zaharia 2020).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from rag._blas import one_blas_thread
from rag.background import token_weights
from rag.encoder import Floats, Integers
from rag.retrieval import Query, maxsim, tokens_within
from rag.tokens import CompressedStates

ALIGNMENTS = (
    "maxsim",  # of the claim with the sentence
    "passage_maxsim",  # with its whole passage
    "weakest",  # the lowest cosine of a content token of the claim with the sentence
    "passage_weakest",
    "reverse_maxsim",  # of the sentence with the claim
    "token_cosine",  # of the mean token states
)
"""What is measured of a sentence; all are cosines or weighted means of such."""
CONTENT_WEIGHT = 0.25  # the background IDF from which a word piece counts as content


def align(claim: Query, passage: CompressedStates | None, sentences: Sequence[tuple[int, int]]) -> Floats:
    """The alignment (s, len(ALIGNMENTS)) of each sentence of a passage with a claim.

    `sentences` are their starts and ends in the text whose states `passage` has. All are NaN where the
    encoder gives no states; of a sentence that it did not read, its own are 0.
    """
    if passage is None or claim.tokens is None:
        return np.full((len(sentences), len(ALIGNMENTS)), math.nan, dtype=np.float32)
    with one_blas_thread():
        cosines = claim.tokens.vectors @ passage.vectors.T
    content = content_tokens(claim.tokens.ids)
    whole = maxsim(cosines, claim.weights), weakest_cosine(cosines, content)
    rows = []
    for start, end in sentences:
        own = tokens_within(passage, start, end)
        rows.append(
            (
                maxsim(cosines[:, own], claim.weights),
                whole[0],
                weakest_cosine(cosines[:, own], content),
                whole[1],
                reverse_maxsim(cosines[:, own], passage.ids[own]),
                mean_cosine(claim.tokens.vectors, passage.vectors[own]),
            )
        )
    return np.asarray(rows, dtype=np.float32).reshape(len(rows), len(ALIGNMENTS))


def content_tokens(ids: Integers) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which word pieces (n,) carry content; all of them where none does."""
    content = np.asarray(token_weights(ids) >= CONTENT_WEIGHT)
    return content if content.any() else np.ones(len(ids), dtype=bool)


def best_cosines(cosines: Floats) -> Floats:
    """The best of each token's cosines (m, n): (m,), zeros without any."""
    if cosines.shape[1] == 0:
        return np.zeros(cosines.shape[0], dtype=np.float32)
    return np.asarray(cosines.max(axis=1), dtype=np.float32)


def reverse_maxsim(cosines: Floats, ids: Integers) -> float:
    """MaxSim of a sentence's tokens `ids` (n,) with a question's or claim's, of their cosines (m, n)."""
    if cosines.size == 0:
        return 0.0
    weights = token_weights(ids)
    return float(weights @ cosines.max(axis=0) / max(float(weights.sum()), 1e-9))


def mean_cosine(one: Floats, other: Floats) -> float:
    """The cosine of the mean of token states with the mean of others; 0 where there are none."""
    if not len(one) or not len(other):
        return 0.0
    first, second = one.mean(axis=0), other.mean(axis=0)
    norm = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second / max(norm, 1e-9))


def weakest_cosine(cosines: Floats, content: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    """The lowest of the content tokens' best cosines (m, n); 0 without a token."""
    return float(best_cosines(cosines)[content].min()) if len(content) else 0.0
