"""A folder of files into the index: what is new, changed or gone since the last time, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.articles import SUFFIXES, find_files, parse_article, read_article
from rag.errors import ArticleReadError, CorpusError
from rag.index import DEFAULT_TIMEOUT_S, PassageIndex
from rag.schema import Article, ArticleSummary, FailedFile, IngestReport, Passage

Progress = Callable[[int, int, str], None]
"""Told after each file: how many files are done, of how many, and the file's path in the folder."""

_REASONS_SHOWN = 3


def ingest_folder(
    folder: Path,
    *,
    index: PassageIndex,
    encode: Callable[[Sequence[Passage]], npt.NDArray[np.float32]],
    split: Callable[[Article], tuple[Passage, ...]],
    max_bytes: int,
    lock_timeout_s: float = DEFAULT_TIMEOUT_S,
    progress: Progress | None = None,
) -> IngestReport:
    """Make the index hold the articles of the files below `folder`, each content once.

    Files are compared by the SHA-256 of their bytes: unchanged ones are neither parsed nor encoded.
    Of files with the same content the first by path is indexed. Articles whose file is gone from this
    folder are removed; articles from elsewhere stay. `encode` gives the vectors (n, d) of passages;
    `max_bytes` is the size of the largest file that is read. What was done until an exception stays done,
    and the next call goes on from there. Raises CorpusError when the folder can't be read, or holds no
    readable article while the index is empty; IndexBusyError when another process is writing for longer
    than `lock_timeout_s` seconds.
    """
    folder = folder.resolve()
    with index.writing(lock_timeout_s):
        run = _Run(folder, index=index, encode=encode, split=split, max_bytes=max_bytes)
        files = find_files(folder)
        for done, path in enumerate(files, start=1):
            run.take(path)
            if progress is not None:
                progress(done, len(files), run.name(path))
        run.remove_the_gone(files)
        return run.report()


@dataclass(kw_only=True)
class _Lists:
    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    failed: list[FailedFile] = field(default_factory=list)


class _Run:
    """One ingest of one folder, which takes the files one by one, in order."""

    def __init__(
        self,
        folder: Path,
        *,
        index: PassageIndex,
        encode: Callable[[Sequence[Passage]], npt.NDArray[np.float32]],
        split: Callable[[Article], tuple[Passage, ...]],
        max_bytes: int,
    ) -> None:
        self._folder = folder
        self._index = index
        self._encode = encode
        self._split = split
        self._max_bytes = max_bytes
        self._lists = _Lists()
        before = index.articles()
        self._was_empty = not before
        self._known = {s.origin: s for s in before if self._is_ours(s)}
        others = [s for s in before if not self._is_ours(s) and _stands(s)]
        # What is in the index for good after this run: hashes of files, and article ids with their origin.
        self._hashes = {s.file_hash for s in others if s.file_hash}
        self._origins = {s.id: s.origin for s in others}

    def name(self, path: Path) -> str:
        """The path as it is reported, where what isn't text in it is a question mark."""
        return _printable(path.relative_to(self._folder).as_posix())

    def take(self, path: Path) -> None:
        """Bring one file into the index, unless it is there or can't be read."""
        known = self._known.get(str(path))
        try:
            self._take(path, known)
        except ArticleReadError as error:
            self._lists.failed.append(FailedFile(path=self.name(path), reason=str(error)))
            if known is not None and known.id not in self._origins:
                self._settle(known.id, path, known.file_hash)

    def _take(self, path: Path, known: ArticleSummary | None) -> None:
        content = _read_content(path, max_bytes=self._max_bytes)
        file_hash = hashlib.sha256(content).hexdigest()
        if file_hash in self._hashes:
            self._lists.copies.append(self.name(path))
            return
        if known is not None and known.file_hash == file_hash and known.id not in self._origins:
            self._lists.unchanged.append(self.name(path))
            self._settle(known.id, path, file_hash)
            return
        article = parse_article(content, name=path.name)
        if article.id in self._origins:  # other bytes, such as other line ends, but the same article
            self._lists.copies.append(self.name(path))
            return
        passages = self._split(article)
        vectors = self._encode(passages)
        self._index.add_article(article, passages, vectors, origin=str(path), file_hash=file_hash)
        (self._lists.added if known is None else self._lists.updated).append(self.name(path))
        self._settle(article.id, path, file_hash)

    def _settle(self, article_id: str, path: Path, file_hash: str) -> None:
        self._origins[article_id] = str(path)
        self._hashes.add(file_hash)

    def remove_the_gone(self, files: Sequence[Path]) -> None:
        """Remove this folder's articles whose file is gone, or is a copy of another file now."""
        there = {str(path) for path in files}
        self._lists.removed.extend(self.name(Path(origin)) for origin in self._known if origin not in there)
        self._index.remove_articles(
            [s.id for s in self._index.articles() if self._is_ours(s) and s.id not in self._origins]
        )

    def report(self) -> IngestReport:
        """The report; raises CorpusError when there was and is nothing at all."""
        lists = self._lists
        if self._was_empty and not lists.added:
            raise CorpusError(_nothing_to_read(self._folder, lists.failed))
        return IngestReport(
            added=tuple(sorted(lists.added)),
            updated=tuple(sorted(lists.updated)),
            unchanged=tuple(sorted(lists.unchanged)),
            removed=tuple(sorted(lists.removed)),
            copies=tuple(sorted(lists.copies)),
            failed=tuple(sorted(lists.failed, key=lambda file: file.path)),
        )

    def _is_ours(self, summary: ArticleSummary) -> bool:
        return bool(summary.origin) and Path(summary.origin).is_relative_to(self._folder)


def _read_content(path: Path, *, max_bytes: int) -> bytes:
    if _printable(str(path)) != str(path):
        raise ArticleReadError("Its name isn't valid UTF-8; rename the file.")
    content = None
    if path.suffix.lower() in SUFFIXES:
        with suppress(OSError), path.open("rb") as file:
            content = file.read(max_bytes + 1)
    if content is None or len(content) > max_bytes:
        read_article(path, max_bytes=max_bytes)  # it knows the reason
        raise ArticleReadError("The file changed while it was read; ingest the folder again.")
    return content


def _printable(path: str) -> str:
    return path.encode("utf-8", "replace").decode("utf-8")


def _stands(summary: ArticleSummary) -> bool:
    """Whether an article from elsewhere stays what it is: its file exists, or it never had one."""
    return not summary.origin or Path(summary.origin).is_file()


def _nothing_to_read(folder: Path, failed: Sequence[FailedFile]) -> str:
    message = (
        f"There is no article to read in {folder}. Put files into it ({', '.join(sorted(SUFFIXES))}), or "
        f"name another folder (RAG_CORPUS_DIR), and try again."
    )
    reasons = "".join(f" {file.path}: {file.reason}" for file in failed[:_REASONS_SHOWN])
    more = f" And {len(failed) - _REASONS_SHOWN} more." if len(failed) > _REASONS_SHOWN else ""
    return message + reasons + more
