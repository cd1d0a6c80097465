"""The index together with what is derived from it for speed: BM25 and the token states.

Both lie in the index's folder under `derived/`, know what they were made from, and may be deleted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from rag.bm25 import Bm25Index
from rag.encoder import Encoder, Floats
from rag.index import PassageIndex
from rag.retrieval import Retriever
from rag.schema import Article, ArticleSummary, Passage
from rag.tokens import CompressedStates, TokenStore, as_stored, compress

_REMEMBERED = 512  # token states made on demand
_WRITTEN_AT_ONCE = 256  # passages whose token states are written together


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """The library as of one revision of the index."""

    revision: str
    articles: tuple[ArticleSummary, ...]
    retriever: Retriever

    def titles(self) -> dict[str, str]:
        """Article id to title."""
        return {article.id: article.title for article in self.articles}


class Library:
    """Keeps what is derived from the index in step with it, also when another process writes to it."""

    def __init__(self, *, index: PassageIndex, encoder: Encoder, folder: Path) -> None:
        self._index = index
        self._encoder = encoder
        self._folder = folder
        self._lock = threading.Lock()
        self._shelf: Shelf | None = None

    def shelf(self) -> Shelf:
        """The library as the index is now."""
        with self._lock:
            revision = self._index.revision
            if self._shelf is None or self._shelf.revision != revision:
                self._shelf = self._open(revision)
            return self._shelf

    def _open(self, revision: str) -> Shelf:
        articles = self._index.articles()
        titles = {article.id: article.title for article in articles}
        bm25 = Bm25Index.load(self._folder / "bm25", stamp=revision)
        if bm25 is None:
            bm25 = Bm25Index.build(
                (passage.id, passage.article_id, f"{titles[passage.article_id]}\n{passage.text}")
                for passage in self._index.passages()
                if passage.article_id in titles  # not one that was added since they were listed
            )
            # Another process may have written while the passages were read.
            if self._index.revision == revision:
                bm25.save(self._folder / "bm25", stamp=revision)
        tokens = StoredTokens(TokenStore.open(self._folder / "tokens"), encoder=self._encoder, titles=titles)
        retriever = Retriever(dense=self._index, sparse=bm25, tokens=tokens)
        return Shelf(revision=revision, articles=articles, retriever=retriever)


class StoredTokens:
    """Token states from the store, or made on demand where the store lacks them."""

    def __init__(self, store: TokenStore, *, encoder: Encoder, titles: dict[str, str]) -> None:
        self._store = store
        self._titles = titles
        self._make: Callable[[str], CompressedStates | None] = lru_cache(_REMEMBERED)(
            lambda text: as_stored(states) if (states := _compressed(encoder, text)) else None
        )

    def passage_tokens(self, passage: Passage) -> CompressedStates | None:
        """The states of a passage, spans in its text; None where the encoder gives none."""
        return self._of(passage.id, passage.text)

    def title_tokens(self, article_id: str) -> CompressedStates | None:
        """The states of an article's title; None without a title or token states."""
        title = self._titles.get(article_id, "")
        return self._of(title_key(article_id), title) if title else None

    def _of(self, key: str, text: str) -> CompressedStates | None:
        return self._store.get(key) if self._store.holds(key, text) else self._make(text)


class TokenWriter:
    """Encodes passages for the index and stores their token states on the way, some at a time."""

    def __init__(self, *, encoder: Encoder, folder: Path) -> None:
        self._encoder = encoder
        self._store = TokenStore.open(folder / "tokens")
        self._waiting: dict[str, tuple[str, CompressedStates]] = {}

    def take_title(self, article: Article) -> None:
        """Encode an article's title."""
        if article.title:
            self._keep(title_key(article.id), article.title, _compressed(self._encoder, article.title))

    def encode(self, passages: Sequence[Passage]) -> Floats:
        """The vectors (n, d) of passages."""
        vectors = []
        for passage in passages:
            encoding = self._encoder.encode(passage.text)
            vectors.append(encoding.vector)
            tokens = compress(encoding.tokens) if encoding.tokens is not None else None
            self._keep(passage.id, passage.text, tokens)
        return np.stack(vectors)

    def finish(self, index: PassageIndex) -> None:
        """Store what is waiting or lacking, and forget the states of passages that are gone."""
        kept: set[str] = set()
        for article in index.articles():
            key = title_key(article.id)
            kept.add(key)
            if article.title and key not in self._waiting and not self._store.holds(key, article.title):
                self._keep(key, article.title, _compressed(self._encoder, article.title))
        for passage in index.passages():
            kept.add(passage.id)
            if passage.id not in self._waiting and not self._store.holds(passage.id, passage.text):
                self._keep(passage.id, passage.text, _compressed(self._encoder, passage.text))
        self._write()
        self._store.keep_only(kept)

    def _keep(self, key: str, text: str, states: CompressedStates | None) -> None:
        if states is None:
            return
        self._waiting[key] = (text, states)
        if len(self._waiting) >= _WRITTEN_AT_ONCE:
            self._write()

    def _write(self) -> None:
        if self._waiting:
            self._store.add(self._waiting)
            self._waiting = {}


def title_key(article_id: str) -> str:
    """What an article's title is stored under; no passage id has this form."""
    return f"title:{article_id}"


def _compressed(encoder: Encoder, text: str) -> CompressedStates | None:
    tokens = encoder.encode(text).tokens
    return compress(tokens) if tokens is not None else None
