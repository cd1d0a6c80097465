"""A corpus held in memory, with every encoding made once: what training and measuring run on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from rag.bm25 import Bm25Index
from rag.encoder import Encoder, Floats
from rag.passages import PassageLimits, split_passages
from rag.retrieval import Retriever
from rag.schema import Article, Passage
from rag.tokens import CompressedStates, as_stored, compress


class MemoryCorpus:
    """Articles cut into passages and encoded; `retriever(articles)` searches in some of them.

    It answers the calls that retrieval makes of the index and the token store, exactly.
    """

    def __init__(self, articles: Iterable[Article], *, encoder: Encoder, passage_tokens: int) -> None:
        limits = PassageLimits(tokens=passage_tokens, word_pieces=encoder.max_word_pieces)
        self.titles: dict[str, str] = {}
        self.passages: dict[str, Passage] = {}
        self._vectors: dict[str, Floats] = {}
        self._tokens: dict[str, CompressedStates] = {}
        self._title_tokens: dict[str, CompressedStates] = {}
        by_title: dict[str, CompressedStates] = {}
        for article in articles:
            self.titles[article.id] = article.title
            if article.title not in by_title:
                by_title[article.title] = _tokens(encoder, article.title)[1]
            self._title_tokens[article.id] = by_title[article.title]
            for passage in split_passages(
                article, limits=limits, count_word_pieces=encoder.count_word_pieces
            ):
                self.passages[passage.id] = passage
                self._vectors[passage.id], self._tokens[passage.id] = _tokens(encoder, passage.text)

    def retriever(self, articles: Collection[str] | None = None) -> Retriever:
        """A retriever over these articles' passages, or all."""
        view = _View(
            self, [p for p in self.passages.values() if articles is None or p.article_id in articles]
        )
        return Retriever(dense=view, sparse=view.bm25, tokens=self)

    def passage_tokens(self, passage: Passage) -> CompressedStates:
        """The compressed states of a passage."""
        return self._tokens[passage.id]

    def title_tokens(self, article_id: str) -> CompressedStates:
        """The compressed states of a title."""
        return self._title_tokens[article_id]


class _View:
    def __init__(self, corpus: MemoryCorpus, passages: Sequence[Passage]) -> None:
        self._passages = {passage.id: passage for passage in sorted(passages, key=lambda p: p.id)}
        self._ids = list(self._passages)
        self._rows = {passage_id: row for row, passage_id in enumerate(self._ids)}
        self._matrix = np.stack([corpus._vectors[passage_id] for passage_id in self._ids])
        self.bm25 = Bm25Index.build(
            (p.id, p.article_id, f"{corpus.titles[p.article_id]}\n{p.text}") for p in self._passages.values()
        )

    def nearest(
        self, vector: Floats, *, limit: int, article_ids: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Passage ids and cosine similarities, best first."""
        cosines = self._matrix @ vector
        rows = np.argsort(-cosines, kind="stable")
        found = [(self._ids[row], float(cosines[row])) for row in rows]
        if article_ids is not None:
            found = [pair for pair in found if self._passages[pair[0]].article_id in article_ids]
        return found[:limit]

    def vectors(self, passage_ids: Sequence[str]) -> Floats:
        """The vectors (n, d) of passages."""
        return self._matrix[[self._rows[passage_id] for passage_id in passage_ids]]

    def get_passages(self, passage_ids: Sequence[str]) -> tuple[Passage, ...]:
        """Passages by id, in the order asked."""
        return tuple(self._passages[passage_id] for passage_id in passage_ids)


def _tokens(encoder: Encoder, text: str) -> tuple[Floats, CompressedStates]:
    encoding = encoder.encode(text)
    assert encoding.tokens is not None, "training needs an encoder with token states"
    return encoding.vector, as_stored(compress(encoding.tokens))
