"""What the index asks of whoever writes to it: one at a time, the same manifest, whole articles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from rag._chroma import Vectors
from rag.errors import ArticleReadError, IndexBusyError, IndexMismatchError, IndexUnavailableError
from rag.schema import Article, ArticleSummary, Passage


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexManifest:
    """What an index was made by: another one of these makes another index.

    `passage_tokens` is the tiktoken budget of a passage, `dimensions` the length of a vector.
    """

    encoder: str
    passage_tokens: int
    dimensions: int
    schema_version: int


@contextmanager
def write_lock(folder: Path, timeout_s: float) -> Iterator[None]:
    """Keep every other process from writing; IndexBusyError after `timeout_s` seconds."""
    lock = FileLock(folder / "write.lock", timeout=timeout_s)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise IndexBusyError(
            f"Another process is writing to the index in {folder}. Wait for it to finish, or stop it, and "
            f"try again."
        ) from error
    except OSError as error:
        raise IndexUnavailableError(
            f"The index folder {folder} can't be written to: {error}. Change its permissions, or set "
            f"RAG_INDEX_DIR to a folder that can."
        ) from error
    try:
        yield
    finally:
        lock.release()


def check_manifest(metadata: Mapping[str, Any], manifest: IndexManifest, *, place: str) -> None:
    """Raise IndexMismatchError where the index at `place` was made by another manifest."""
    wanted = asdict(manifest)
    found = {name: metadata.get(name) for name in wanted}
    if found == wanted:
        return
    differences = "; ".join(
        f"{name} is {found[name]!r} there and {wanted[name]!r} here"
        for name in wanted
        if found[name] != wanted[name]
    )
    raise IndexMismatchError(
        f"The index in {place} was made with other settings: {differences}. Delete it, or set RAG_INDEX_DIR "
        f"to another folder, and run `python -m rag ingest`; or go back to the settings it was made with."
    )


def check_parts(article: Article, passages: Sequence[Passage], vectors: Vectors, *, dimensions: int) -> None:
    """Raise ArticleReadError for an article that can't be kept, ValueError for parts that don't fit it."""
    if not article.text:
        raise ArticleReadError("It has no text.")
    try:
        "".join(
            (article.id, article.title, article.text, article.source, article.author, article.url)
        ).encode()
    except UnicodeEncodeError as error:
        raise ArticleReadError(
            f"It holds a character that isn't text: {error.object[error.start : error.end]!r}."
        ) from error
    if "".join(passage.text for passage in passages) != article.text:
        raise ValueError(f"the passages of {article.id} don't join to its text")
    if any(p.article_id != article.id or p.position != i for i, p in enumerate(passages)):
        raise ValueError(f"the passages of {article.id} are not its own, or not in order")
    if len({passage.id for passage in passages}) != len(passages):
        raise ValueError(f"two passages of {article.id} have the same id")
    if vectors.shape != (len(passages), dimensions):
        raise ValueError(
            f"{len(passages)} passages need vectors ({len(passages)}, {dimensions}), not {vectors.shape}"
        )
    if not np.isfinite(vectors).all():
        raise ValueError(f"the vectors of {article.id} are not finite")


def summary_of(
    article: Article, passages: Sequence[Passage], *, origin: str, file_hash: str
) -> ArticleSummary:
    """What the index keeps of an article besides its passages."""
    return ArticleSummary(
        id=article.id,
        title=article.title,
        source=article.source,
        author=article.author,
        published=article.published,
        url=article.url,
        passages=len(passages),
        origin=origin,
        file_hash=file_hash,
    )
