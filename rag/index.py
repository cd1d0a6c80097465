"""The index: every article's passages and vectors, in Chroma and nowhere else.

An article is one *version*: its passages under one token, of which the first, the head, also holds what
is known of the article and is written last, in one transaction. So a version is whole from the moment its
head exists, and of several whole versions of one article (or one file) the latest counts. What a killed
process left of others is never seen and is swept away by the next `writing`.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from rag._admission import IndexManifest, check_manifest, check_parts, summary_of, write_lock
from rag._chroma import BATCH, ChromaStore, Vectors, batches
from rag._records import (
    Catalog,
    RecordIds,
    Version,
    passage_id_of,
    record_id_of,
    to_passage,
    to_record,
    to_version,
    token_of,
)
from rag.errors import (
    ArticleNotFoundError,
    IndexBusyError,
    IndexCorruptError,
    IndexStoreError,
)
from rag.schema import Article, ArticleSummary, Passage

__all__ = ["DEFAULT_TIMEOUT_S", "IndexManifest", "PassageIndex"]

DEFAULT_TIMEOUT_S = 10.0
"""How long a write waits for another process, in seconds, unless it is told."""

_PUBLISH_EVERY = 64
_ARTICLES_AT_ONCE = 64
_READ_ATTEMPTS = 20
_SPARE = 8
_MISSING = (
    "Passages are missing from the index. Delete its folder (or set RAG_INDEX_DIR to another one) and run "
    "`python -m rag ingest` to build it again from the articles."
)
_SETTLED = "settled"
_WRITING = "writing"
_R = TypeVar("_R")


class PassageIndex:
    """The passages of every article, with their vectors: add, remove, read back, search.

    Readers see whole articles only, and of an article that is being replaced the old version or the new.
    One object may be used by several threads. Every method raises IndexStoreError or one of its kinds
    when the index can't be used.
    """

    def __init__(
        self, *, store: ChromaStore, folder: Path, manifest: IndexManifest, metadata: dict[str, Any]
    ) -> None:
        self._store = store
        self._folder = folder
        self._manifest = manifest
        self._metadata = metadata
        self._mutex = threading.RLock()
        self._writer: int | None = None
        self._unpublished = 0
        self._torn = False
        self._catalog = Catalog(stamp="", visible={}, next_sequence=1)
        self._records: RecordIds | None = None

    @classmethod
    def open(cls, *, folder: Path, url: str, manifest: IndexManifest) -> PassageIndex:
        """Open the index in `folder`, or on the Chroma server at `url` unless that is empty.

        An absent one is created. With a server, `folder` holds the write lock only: writers that don't share
        it are not kept apart. Raises IndexMismatchError when it was made with another manifest,
        IndexCorruptError when its files are damaged, IndexUnavailableError when its folder or server can't
        be used.
        """
        folder = folder.absolute()
        initial = {**asdict(manifest), "stamp": secrets.token_hex(8), "state": _SETTLED}
        store = ChromaStore.open(folder=folder, url=url, metadata=initial)
        try:
            metadata = store.metadata
            check_manifest(metadata, manifest, place=url or str(folder))
            index = cls(store=store, folder=folder, manifest=manifest, metadata=metadata)
            index._load(reopen=False)
        except BaseException:
            store.close()
            raise
        return index

    def close(self) -> None:
        """Let go of the folder or the server; the index can't be used afterwards."""
        with self._mutex:
            self._store.close()

    # Reading

    @property
    def revision(self) -> str:
        """What this reader sees, as a token: equal tokens mean equal articles, passages and vectors.

        Looks for the writes of other processes first.
        """
        return self._read(lambda catalog: catalog.revision)

    def articles(self) -> tuple[ArticleSummary, ...]:
        """Every article, sorted by id."""
        return self._read(lambda catalog: catalog.summaries)

    def article(self, article_id: str) -> Article:
        """One article as it was added, character for character; raises ArticleNotFoundError."""

        def read(catalog: Catalog) -> Article:
            version = catalog.visible.get(article_id)
            if version is None:
                raise ArticleNotFoundError(
                    f"No article with the id {article_id!r} is in the index. List the ids with "
                    f"`python -m rag articles`."
                )
            summary = version.summary
            return Article(
                id=summary.id,
                title=summary.title,
                text="".join(passage.text for passage in self._passages_of(catalog, ids=[article_id])),
                source=summary.source,
                author=summary.author,
                published=summary.published,
                url=summary.url,
            )

        return self._read(read)

    def passages(self) -> Iterator[Passage]:
        """Every passage, sorted by (article_id, position), read from the store as they are asked for.

        An article that is removed meanwhile is left out whole, and one that is replaced comes in its new
        version: compare `revision` before and after where all must be of one state.
        """
        for summaries in batches(self.articles(), _ARTICLES_AT_ONCE):
            ids = [summary.id for summary in summaries]
            yield from self._read(partial(self._passages_of, ids=ids))

    def get_passages(self, ids: Sequence[str]) -> tuple[Passage, ...]:
        """The passages with these ids, in the order asked; raises IndexStoreError for an unknown id."""

        def read(catalog: Catalog) -> tuple[Passage, ...]:
            record_ids = self._record_ids(catalog).of_passages(ids)
            records = _complete(self._store.get(list(dict.fromkeys(record_ids))), record_ids)
            return tuple(to_passage(record) for record in records)

        return self._read(read) if ids else ()

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """The vectors (n, d) of the passages with these ids; raises IndexStoreError for an unknown id."""

        def read(catalog: Catalog) -> Vectors:
            record_ids = self._record_ids(catalog).of_passages(ids)
            stored = self._store.vectors(list(dict.fromkeys(record_ids)))
            return np.stack(_complete(stored, record_ids))

        return self._read(read) if ids else np.empty((0, self._manifest.dimensions), np.float32)

    def nearest(
        self,
        vector: Vectors,
        *,
        limit: int,
        article_ids: Collection[str] | None = None,
    ) -> list[tuple[str, float]]:
        """The passage ids nearest to `vector` (d,) with their cosine similarity (-1 to 1).

        Best first, ties sorted by id, at most `limit`; only from `article_ids` if given, of which unknown
        ones are passed over.
        """
        query = np.ascontiguousarray(vector, dtype=np.float32)
        if query.shape != (self._manifest.dimensions,) or not np.isfinite(query).all():
            raise ValueError(f"a query vector is ({self._manifest.dimensions},) and finite: {query.shape}")
        if limit < 1:
            return []

        def read(catalog: Catalog) -> list[tuple[str, float]]:
            if article_ids is None:
                return self._nearest(catalog, query, limit, None)
            wanted = sorted(set(article_ids) & catalog.visible.keys())
            tokens = [catalog.visible[article_id].token for article_id in wanted]
            found = [
                pair for some in batches(tokens, BATCH) for pair in self._nearest(catalog, query, limit, some)
            ]
            return sorted(found, key=_best_first)[:limit]

        return self._read(read)

    # Writing

    @contextmanager
    def writing(self, timeout_s: float = DEFAULT_TIMEOUT_S) -> Iterator[None]:
        """Group writes under one lock; may be nested in one thread.

        Sweeps away first what a killed process left. Other readers see additions by and by, and all
        writes once the outermost group ends, also by an exception: what was written until then stays.
        Raises IndexBusyError when another process or thread holds the lock for longer than `timeout_s`
        seconds.
        """
        if self._writer == threading.get_ident():
            yield
            return
        with write_lock(self._folder, timeout_s):
            with self._mutex:
                self._begin()
            try:
                yield
            finally:
                with self._mutex:
                    self._end()

    def add_article(
        self,
        article: Article,
        passages: Sequence[Passage],
        vectors: Vectors,
        *,
        origin: str = "",
        file_hash: str = "",
    ) -> None:
        """Add one article, replacing the one of the same id and any of the same non-empty `origin`.

        `passages` are a partition of its text, `vectors` (n, d) theirs. Raises ArticleReadError for an
        article without text and ValueError when the parts don't belong together.
        """
        check_parts(article, passages, vectors, dimensions=self._manifest.dimensions)
        with self.writing(), self._mutex:
            self._make_unsettled()
            version = Version(
                token=(token := secrets.token_hex(6)),
                sequence=self._catalog.next_sequence,
                head_id=record_id_of(passages[0].id, token),
                summary=summary_of(article, passages, origin=origin, file_hash=file_hash),
            )
            self._torn = True
            self._store_version(version, passages, np.asarray(vectors, np.float32))
            catalog, replaced = self._catalog.with_version(version)
            self._see(catalog)
            if replaced or self._unpublished >= _PUBLISH_EVERY:
                self._publish(_WRITING)
            self._store.delete_where("version", [old.token for old in replaced])
            self._unpublished += 1
            self._torn = False

    def remove_articles(self, ids: Sequence[str]) -> None:
        """Remove articles with all their passages; unknown ids are passed over."""
        with self.writing(), self._mutex:
            gone = [self._catalog.visible[id_] for id_ in sorted(set(ids) & self._catalog.visible.keys())]
            if not gone:
                return
            self._make_unsettled()
            self._torn = True
            for some in batches(gone, BATCH):
                self._store.delete([version.head_id for version in some])
                self._see(self._catalog.without(some))
                self._publish(_WRITING)
                self._store.delete_where("version", [version.token for version in some])
            self._torn = False

    def _begin(self) -> None:
        stored = self._store.metadata
        killed = stored["state"] != _SETTLED
        if killed or stored["stamp"] != self._catalog.stamp:
            self._load(reopen=True)
        self._writer = threading.get_ident()
        self._unpublished = 0
        if killed:
            try:
                self._sweep()
                self._publish(_SETTLED)
            except BaseException:
                self._writer = None
                raise

    def _end(self) -> None:
        self._writer = None
        if self._metadata["state"] != _SETTLED and not self._torn:
            self._publish(_SETTLED)

    def _make_unsettled(self) -> None:
        if self._torn:
            self._load(reopen=True)
            self._sweep()
        if self._metadata["state"] == _SETTLED:
            self._publish(_WRITING)

    def _publish(self, state: str) -> None:
        """Change the stamp, which makes other readers look again."""
        metadata = {**asdict(self._manifest), "stamp": secrets.token_hex(8), "state": state}
        self._store.replace_metadata(metadata)
        self._metadata = metadata
        self._catalog = replace(self._catalog, stamp=metadata["stamp"])
        self._unpublished = 0

    def _sweep(self) -> None:
        """Delete every record that no reader sees."""
        tokens = {token_of(record_id) for record_id in self._store.ids()} - self._catalog.tokens
        self._store.delete_where("version", sorted(tokens))
        self._torn = False

    def _store_version(self, version: Version, passages: Sequence[Passage], vectors: Vectors) -> None:
        records = [to_record(version, passage) for passage in passages]
        order = [*range(1, len(records)), 0]  # the head goes last, with the last batch
        for some in batches(order, BATCH):
            self._store.upsert([records[i] for i in some], vectors[some])

    # The store as this reader sees it

    def _read(self, read: Callable[[Catalog], _R]) -> _R:
        """Read from one state of the store: again, if a writer changed it meanwhile."""
        with self._mutex:
            for _ in range(_READ_ATTEMPTS):
                if self._store.metadata["stamp"] != self._catalog.stamp:
                    self._load(reopen=True)
                catalog = self._catalog
                try:
                    answer = read(catalog)
                except IndexStoreError:
                    # A writer may have deleted what this reader still sees; if not, it is a failure.
                    self._load(reopen=True)
                    if self._catalog.revision == catalog.revision:
                        raise
                    continue
                if self._store.reopens or self._store.metadata["stamp"] == catalog.stamp:
                    return answer
            raise IndexBusyError(
                "The index keeps changing while it is read. Wait for the other process that is writing to "
                "it to finish, and try again."
            )

    def _load(self, *, reopen: bool) -> None:
        with self._store.exclusive():
            if reopen:
                self._store.reopen()
            self._metadata = self._store.metadata
            heads = [to_version(record) for record in self._store.select("head", 1)]
        self._see(Catalog.of(heads, stamp=self._metadata["stamp"]))

    def _see(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._records = None

    def _record_ids(self, catalog: Catalog) -> RecordIds:
        if self._records is None:
            self._records = RecordIds(
                record_id for record_id in self._store.ids() if token_of(record_id) in catalog.tokens
            )
        return self._records

    def _passages_of(self, catalog: Catalog, *, ids: Sequence[str]) -> tuple[Passage, ...]:
        versions = [catalog.visible[id_] for id_ in ids if id_ in catalog.visible]
        by_token = self._record_ids(catalog).by_token
        record_ids = [record_id for version in versions for record_id in by_token.get(version.token, ())]
        passages = [to_passage(record) for record in _complete(self._store.get(record_ids), record_ids)]
        if len(passages) != sum(version.summary.passages for version in versions):
            raise IndexCorruptError(_MISSING)
        return tuple(sorted(passages, key=lambda passage: (passage.article_id, passage.position)))

    def _nearest(
        self, catalog: Catalog, query: Vectors, limit: int, tokens: Sequence[str] | None
    ) -> list[tuple[str, float]]:
        among = None if tokens is None else ("version", tokens)
        wanted = limit + _SPARE
        while True:
            found = self._store.nearest(query, limit=wanted, among=among)
            seen = sorted(
                (
                    (passage_id_of(record_id), min(1.0, max(-1.0, similarity)))
                    for record_id, similarity in found
                    if token_of(record_id) in catalog.tokens
                ),
                key=_best_first,
            )
            # Only a lower similarity after the last place shows that no tie was cut off.
            if len(found) < wanted or (len(seen) > limit and seen[limit][1] < seen[limit - 1][1]):
                return seen[:limit]
            wanted *= 2


def _complete(stored: Mapping[str, _R], ids: Sequence[str]) -> list[_R]:
    if not stored.keys() >= set(ids):
        raise IndexCorruptError(_MISSING)
    return [stored[id_] for id_ in ids]


def _best_first(pair: tuple[str, float]) -> tuple[float, str]:
    return -pair[1], pair[0]
