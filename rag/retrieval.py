"""Question -> ranked passages: dense and BM25 scores fused, then late interaction over the best.

The weights were chosen by `python -m training.fusion`; docs/quality.md has what each step adds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from rag._blas import one_blas_thread
from rag.background import stem_idf, stems, token_weights
from rag.encoder import Encoder, Floats
from rag.schema import Passage
from rag.tokens import CompressedStates, compress

CANDIDATES = 30  # of each retriever, to be fused
RERANKED = 10  # of the fused, to be compared token by token
DENSE_WEIGHT = 0.5
MAXSIM_WEIGHT = 20.0  # of a cosine; the fused scores are in standard deviations
SENTENCE_WEIGHT = 20.0
TOKEN_WEIGHT_POWER = 0.5


@dataclass(frozen=True, kw_only=True)
class Query:
    """A question or claim, read once for all that follows.

    `vector` (d,) has unit length; `tokens` are its compressed token states, or None where the encoder
    gives none, with a weight each (they sum to 1); `stem_weights` maps its stems to their IDF.
    """

    text: str
    vector: Floats
    tokens: CompressedStates | None
    weights: Floats
    stems: tuple[str, ...]
    stem_weights: Mapping[str, float]

    @classmethod
    def read(cls, text: str, encoder: Encoder) -> Query:
        """Encode and stem `text`."""
        encoding = encoder.encode_question(text)
        tokens = compress(encoding.tokens) if encoding.tokens is not None else None
        own = tuple(stems(text))
        return cls(
            text=text,
            vector=encoding.vector,
            tokens=tokens,
            weights=_weights(tokens),
            stems=own,
            stem_weights={stem: stem_idf(stem) for stem in own},
        )


def _weights(tokens: CompressedStates | None) -> Floats:
    if tokens is None:
        return np.zeros(0, dtype=np.float32)
    weights = token_weights(tokens.ids) ** TOKEN_WEIGHT_POWER
    return np.asarray(weights / max(float(weights.sum()), 1e-9), dtype=np.float32)


class DenseIndex(Protocol):
    """What retrieval needs of the index of vectors."""

    def nearest(
        self, vector: Floats, *, limit: int, article_ids: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Passage ids and cosine similarities, best first."""

    def vectors(self, passage_ids: Sequence[str]) -> Floats:
        """The vectors (n, d) of passages."""

    def get_passages(self, passage_ids: Sequence[str]) -> tuple[Passage, ...]:
        """Passages by id, in the order asked."""


class SparseIndex(Protocol):
    """What retrieval needs of BM25."""

    @property
    def passage_ids(self) -> tuple[str, ...]:
        """The passages in the order of `scores`, those of an article together and in its order."""

    @property
    def article_ids(self) -> tuple[str, ...]:
        """The article of each passage."""

    def scores(self, question_stems: Sequence[str]) -> Floats:
        """The score (n,) of each passage."""


class TokenSource(Protocol):
    """What retrieval needs of the token states."""

    def passage_tokens(self, passage: Passage) -> CompressedStates | None:
        """The states of a passage, spans in its text; None where the encoder gives none."""

    def title_tokens(self, article_id: str) -> CompressedStates | None:
        """The states of an article's title, or None where there are none."""


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """Late interaction of a question of m tokens with a passage of n tokens.

    `cosines` (m, n); `title` (m,) is each question token's best cosine with the article's title, zeros
    without one; `tokens` are the passage's.
    """

    cosines: Floats
    title: Floats
    tokens: CompressedStates


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A passage on its way to the answer, with every score it got.

    `dense` is a cosine, `bm25` as BM25 gives it, `fused` a weighted sum of both in standard deviations
    over the candidates. `maxsim` (of the passage and its title) and `best_sentence` are weighted means of
    cosines, 0 without token states.
    """

    passage: Passage
    dense: float
    bm25: float
    fused: float
    dense_rank: int | None
    bm25_rank: int | None
    interaction: Interaction | None = None
    maxsim: float = 0.0
    best_sentence: float = 0.0

    @property
    def score(self) -> float:
        """What passages are ranked by: comparable for one question only."""
        return self.fused + MAXSIM_WEIGHT * self.maxsim + SENTENCE_WEIGHT * self.best_sentence


def maxsim(cosines: Floats, weights: Floats) -> float:
    """The weighted mean, over question tokens (m,), of the best cosine of each in (m, n).

    ColBERT's MaxSim (Khattab and Zaharia 2020) with IDF weights; 0 without a token on either side.
    """
    return float(weights @ cosines.max(axis=1)) if cosines.size else 0.0


def sentence_tokens(tokens: CompressedStates, passage: Passage, start: int, end: int) -> slice:
    """The passage's tokens that lie within `start` to `end` of the article."""
    return tokens_within(tokens, start - passage.start, end - passage.start)


def tokens_within(tokens: CompressedStates, start: int, end: int) -> slice:
    """The tokens that lie within `start` to `end` of the text that was encoded."""
    first = int(np.searchsorted(tokens.spans[:, 0], start, side="left"))
    last = int(np.searchsorted(tokens.spans[:, 1], end, side="right"))
    return slice(first, max(first, last))


def standardised(scores: Floats) -> Floats:
    """Scores (n,) less their mean, in standard deviations; zeros where all are alike."""
    spread = float(scores.std()) if len(scores) else 0.0
    return np.asarray(
        (scores - scores.mean()) / spread if spread > 1e-6 else np.zeros_like(scores), np.float32
    )


class Retriever:
    """Ranks passages for a question."""

    def __init__(self, *, dense: DenseIndex, sparse: SparseIndex, tokens: TokenSource) -> None:
        self._dense = dense
        self._sparse = sparse
        self._tokens = tokens
        self._rows = {passage_id: row for row, passage_id in enumerate(sparse.passage_ids)}

    @property
    def article_ids(self) -> frozenset[str]:
        """The articles that are searched."""
        return frozenset(self._sparse.article_ids)

    def candidates(
        self, query: Query, *, limit: int = RERANKED, articles: Collection[str] | None = None
    ) -> list[Candidate]:
        """The best passages for `query`, best first, at most `limit`; only of `articles` if given."""
        depth = max(RERANKED, limit)
        # 1. the nearest by vector and the best by BM25, their scores fused
        with one_blas_thread():
            scored = self._scored(query, depth=max(CANDIDATES, depth), articles=articles)
        # 2. the best of these, read back
        best = sorted(scored, key=lambda scores: (-scores.fused, scores.passage_id))[:depth]
        passages = self._dense.get_passages([scores.passage_id for scores in best])
        # 3. late interaction with each
        with one_blas_thread():
            found = [self._compared(query, *pair) for pair in zip(passages, best, strict=True)]
        return sorted(found, key=lambda candidate: (-candidate.score, candidate.passage.id))[:limit]

    def neighbours(self, passage: Passage) -> tuple[Passage | None, Passage | None]:
        """The passages before and after one in its article; None at the article's ends."""
        row = self._rows.get(passage.id)
        if row is None:
            return None, None
        ids, articles = self._sparse.passage_ids, self._sparse.article_ids
        beside = [
            ids[other] if 0 <= other < len(ids) and articles[other] == passage.article_id else None
            for other in (row - 1, row + 1)
        ]
        found = iter(self._dense.get_passages([passage_id for passage_id in beside if passage_id]))
        before, after = (next(found) if passage_id else None for passage_id in beside)
        return before, after

    def _best_by_bm25(
        self, scores: Floats, *, limit: int, articles: Collection[str] | None
    ) -> dict[str, float]:
        found: dict[str, float] = {}
        for row in np.argsort(-scores, kind="stable"):
            if scores[row] <= 0 or len(found) == limit:
                break
            if articles is None or self._sparse.article_ids[row] in articles:
                found[self._sparse.passage_ids[row]] = float(scores[row])
        return found

    def _scored(self, query: Query, *, depth: int, articles: Collection[str] | None) -> list[_Scores]:
        """What either retriever finds, each with both scores, so that they can be fused."""
        found = self._dense.nearest(query.vector, limit=depth, article_ids=articles)
        # What another process has added since BM25 was built comes with the next revision.
        nearest = {passage_id: cosine for passage_id, cosine in found if passage_id in self._rows}
        every = self._sparse.scores(query.stems)
        best = self._best_by_bm25(every, limit=depth, articles=articles)
        ids = sorted(nearest.keys() | best.keys())
        lacking = [passage_id for passage_id in ids if passage_id not in nearest]
        dense = nearest | dict(zip(lacking, self._dense.vectors(lacking) @ query.vector, strict=True))
        sparse = [float(every[self._rows[i]]) for i in ids]
        fused = DENSE_WEIGHT * standardised(np.asarray([dense[i] for i in ids], dtype=np.float32))
        fused = fused + (1 - DENSE_WEIGHT) * standardised(np.asarray(sparse, dtype=np.float32))
        ranks = _ranks(nearest), _ranks(best)
        return [
            _Scores(i, float(dense[i]), bm25, float(both), ranks[0].get(i), ranks[1].get(i))
            for i, bm25, both in zip(ids, sparse, fused, strict=True)
        ]

    def _compared(self, query: Query, passage: Passage, scores: _Scores) -> Candidate:
        found = Candidate(
            passage=passage,
            dense=scores.dense,
            bm25=scores.bm25,
            fused=scores.fused,
            dense_rank=scores.dense_rank,
            bm25_rank=scores.bm25_rank,
        )
        tokens = self._tokens.passage_tokens(passage) if query.tokens is not None else None
        if query.tokens is None or tokens is None:
            return found
        cosines = query.tokens.vectors @ tokens.vectors.T
        title = self._tokens.title_tokens(passage.article_id)
        with_title = np.zeros(len(query.weights), dtype=np.float32)
        if title is not None and title.vectors.size:
            with_title = (query.tokens.vectors @ title.vectors.T).max(axis=1)
        interaction = Interaction(cosines=cosines, title=with_title, tokens=tokens)
        sentences = (sentence_tokens(tokens, passage, s.start, s.end) for s in passage.sentences)
        return replace(
            found,
            interaction=interaction,
            maxsim=maxsim(np.column_stack([cosines, with_title]), query.weights),
            best_sentence=max((maxsim(cosines[:, own], query.weights) for own in sentences), default=0.0),
        )


@dataclass(frozen=True, slots=True)
class _Scores:
    passage_id: str
    dense: float
    bm25: float
    fused: float
    dense_rank: int | None
    bm25_rank: int | None


def _ranks(scores: Mapping[str, float]) -> dict[str, int]:
    ordered = sorted(scores, key=lambda passage_id: (-scores[passage_id], passage_id))
    return {passage_id: rank for rank, passage_id in enumerate(ordered, start=1)}
