"""The border to Chroma itself: the records of one collection."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from rag._chroma_places import ChromaFolder, ChromaServer, open_sessions
from rag.errors import IndexStoreError

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateCollectionConfiguration
    from chromadb.api.models.Collection import Collection

T = TypeVar("T")
Metadata = Mapping[str, str | int]
Vectors = npt.NDArray[np.float32]

COLLECTION = "presscheck"
"""The name of the one collection."""

BATCH = 1000
"""The most records that one call carries; SQLite allows 32,766 values a statement, Chroma 5,461 records."""

_GRAPH = {
    "space": "cosine",
    "ef_construction": 200,
    "ef_search": 400,
    "max_neighbors": 32,
    "num_threads": 1,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One stored passage; `text` is empty where it was not asked for."""

    id: str
    text: str
    metadata: Mapping[str, Any]


class ChromaStore:
    """The records of the one collection, and the collection's own metadata.

    Every method raises IndexStoreError or one of its kinds when Chroma fails.
    """

    reopens: bool
    """Whether the writes of other processes are seen only after `reopen`."""

    def __init__(self, place: ChromaFolder | ChromaServer) -> None:
        self._place = place
        self._client: Client | None = None
        self._closed = False
        self._collection: Collection | None = None
        self.reopens = isinstance(place, ChromaFolder)

    @classmethod
    def open(cls, *, folder: Path, url: str, metadata: Metadata) -> ChromaStore:
        """Open the collection in `folder`, or on the server at `url` if there is one, or create it."""
        place = ChromaServer(url) if url else ChromaFolder(folder)
        place.prepare()
        store = cls(place)
        store._connect(metadata)
        return store

    def reopen(self) -> None:
        """See what other processes have written."""
        self._disconnect()
        self._connect(None)

    def close(self) -> None:
        """Let go of the folder or the server for good."""
        self._closed = True
        self._disconnect()

    @property
    def metadata(self) -> dict[str, Any]:
        """The collection's metadata as it is stored now."""
        with self._translated():
            self._opened()
            current = cast("Client", self._client).get_collection(COLLECTION, embedding_function=None)
            return dict(current.metadata or {})

    def replace_metadata(self, metadata: Metadata) -> None:
        """Store the collection's metadata, all of it."""
        with self._translated(), self._place.exclusive():
            self._opened().modify(metadata=dict(metadata))

    def upsert(self, records: Sequence[Record], vectors: Vectors) -> None:
        """Write up to BATCH records, all or none of them; `vectors` is (n, d)."""
        with self._translated(), self._place.changing():
            self._opened().upsert(
                ids=[record.id for record in records],
                embeddings=vectors,
                documents=[record.text for record in records],
                metadatas=[dict(record.metadata) for record in records],
            )

    def delete(self, ids: Sequence[str]) -> None:
        """Delete records, up to BATCH at once all or none of them; unknown ids are passed over."""
        for some in batches(ids, BATCH):
            with self._translated(), self._place.changing():
                self._opened().delete(ids=list(some))

    def delete_where(self, key: str, values: Sequence[str]) -> None:
        """Delete the records that have one of these values under `key`."""
        for some in batches(values, BATCH):
            with self._translated(), self._place.changing():
                self._opened().delete(where=_among(key, some))

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep other processes from writing for a moment, in a folder."""
        return self._place.exclusive()

    def ids(self) -> list[str]:
        """The ids of all records."""
        with self._translated():
            return list(self._opened().get(include=[])["ids"])

    def get(self, ids: Sequence[str]) -> dict[str, Record]:
        """The records with these ids, as far as they exist, by id."""
        found: dict[str, Record] = {}
        for some in batches(ids, BATCH):
            with self._translated():
                answer = self._opened().get(ids=list(some), include=["documents", "metadatas"])
            for id_, text, metadata in zip(
                answer["ids"], answer["documents"] or (), answer["metadatas"] or (), strict=True
            ):
                found[id_] = Record(id=id_, text=text, metadata=metadata)
        return found

    def select(self, key: str, value: int) -> list[Record]:
        """The records whose metadata hold `value` under `key`, without their texts."""
        with self._translated():
            answer = self._opened().get(where={key: value}, include=["metadatas"])
        return [
            Record(id=id_, text="", metadata=metadata)
            for id_, metadata in zip(answer["ids"], answer["metadatas"] or (), strict=True)
        ]

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of the records with these ids, as far as they exist, by id."""
        found: dict[str, Vectors] = {}
        for some in batches(ids, BATCH):
            with self._translated():
                answer = self._opened().get(ids=list(some), include=["embeddings"])
            stored = np.asarray(answer["embeddings"], dtype=np.float32)
            found.update(zip(answer["ids"], stored, strict=True))
        return found

    def nearest(
        self, vector: Vectors, *, limit: int, among: tuple[str, Sequence[str]] | None = None
    ) -> list[tuple[str, float]]:
        """Record ids and cosine similarities (-1 to 1; Chroma's distance is 1 less that), best first.

        `among` is a metadata key and up to BATCH values of which it must have one.
        """
        where = None if among is None else _among(*among)
        with self._translated():
            answer = self._opened().query(
                query_embeddings=vector[np.newaxis, :], n_results=limit, where=where, include=["distances"]
            )
        distances = (answer["distances"] or [[]])[0]
        return [(id_, 1.0 - float(d)) for id_, d in zip(answer["ids"][0], distances, strict=True)]

    def _connect(self, metadata: Metadata | None) -> None:
        """Open the collection; create it with `metadata` if it is absent and they are given."""
        with self._translated(connecting=True), self._place.changing():
            self._client = self._place.connect()
            if metadata is None or self._place.must_exist:
                self._collection = self._client.get_collection(COLLECTION, embedding_function=None)
            else:
                self._collection = self._client.get_or_create_collection(
                    COLLECTION,
                    embedding_function=None,
                    configuration=cast("CreateCollectionConfiguration", {"hnsw": _GRAPH}),
                    metadata=dict(metadata),
                )
            # The first read loads the graph and brings it up to date, which no other process may overlap.
            dimensions = (self._collection.metadata or {}).get("dimensions", 1)
            self._collection.query(query_embeddings=np.ones((1, int(dimensions)), np.float32), n_results=1)

    def _disconnect(self) -> None:
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            sessions = open_sessions(client)
            client.close()
            for session in sessions:
                session.close()

    def _opened(self) -> Collection:
        if self._closed:
            raise IndexStoreError("The index was closed. Open it again to use it.")
        if self._collection is None:  # an earlier `reopen` failed
            self._connect(None)
        return cast("Collection", self._collection)

    @contextmanager
    def _translated(self, *, connecting: bool = False) -> Iterator[None]:
        import httpx
        from chromadb.errors import ChromaError

        # Only while connecting does Chroma wrap failures of its store in ValueError and the like.
        failures: tuple[type[Exception], ...] = (ChromaError, httpx.HTTPError, OSError, sqlite3.Error)
        if connecting:
            failures += (ValueError, KeyError, TypeError)
        try:
            yield
        except failures as error:
            raise self._place.failure(error) from error
        except BaseException as error:
            # Chroma's Rust half panics on some damaged files; the class can't be imported.
            if type(error).__name__ != "PanicException":
                raise
            raise self._place.failure(error) from error


def _among(key: str, values: Sequence[str]) -> Any:
    return {key: {"$in": list(values)}}


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut `items` into runs of `size`, the last one maybe shorter."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
