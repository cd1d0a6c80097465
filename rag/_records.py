"""How an article's passages are kept as records, and which of the stored versions of articles are seen.

A record's id is its passage's id, "@" and its version's token. The head of a version, its first passage,
also holds what is known of the article. Chroma's metadata can't hold None or lists: an absent date is an
empty string, the sentences are JSON.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from rag._chroma import Record
from rag.errors import IndexCorruptError, IndexStoreError
from rag.schema import ArticleSummary, Passage, Sentence, SentenceKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    token: str
    sequence: int
    head_id: str
    summary: ArticleSummary


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The versions that are seen, by article id, when the store's stamp was `stamp`."""

    stamp: str
    visible: Mapping[str, Version]
    next_sequence: int

    @classmethod
    def of(cls, heads: Iterable[Version], *, stamp: str) -> Catalog:
        ordered = sorted(heads, key=lambda version: version.sequence)
        by_id = {version.summary.id: version for version in ordered}
        by_origin = {version.summary.origin: version for version in ordered}
        visible = {
            article_id: version
            for article_id, version in by_id.items()
            if not version.summary.origin or by_origin[version.summary.origin] is version
        }
        return cls(stamp=stamp, visible=visible, next_sequence=ordered[-1].sequence + 1 if ordered else 1)

    def with_version(self, added: Version) -> tuple[Catalog, list[Version]]:
        """The catalog after `added` was committed, and the versions that it replaces."""
        origin = added.summary.origin
        replaced = [
            version
            for version in self.visible.values()
            if version.summary.id == added.summary.id or (origin and version.summary.origin == origin)
        ]
        visible = self._without(replaced) | {added.summary.id: added}
        return replace(self, visible=visible, next_sequence=added.sequence + 1), replaced

    def without(self, removed: Iterable[Version]) -> Catalog:
        return replace(self, visible=self._without(removed))

    def _without(self, removed: Iterable[Version]) -> dict[str, Version]:
        gone = {version.summary.id for version in removed}
        return {id_: version for id_, version in self.visible.items() if id_ not in gone}

    @cached_property
    def tokens(self) -> frozenset[str]:
        return frozenset(version.token for version in self.visible.values())

    @cached_property
    def revision(self) -> str:
        tokens = "".join(sorted(self.tokens))
        return hashlib.sha256(tokens.encode()).hexdigest()[:16]

    @cached_property
    def summaries(self) -> tuple[ArticleSummary, ...]:
        return tuple(self.visible[id_].summary for id_ in sorted(self.visible))


class RecordIds:
    """Which stored record is which passage."""

    def __init__(self, record_ids: Iterable[str]) -> None:
        self._by_passage: dict[str, str] = {}
        self.by_token: dict[str, list[str]] = {}
        for record_id in record_ids:
            self._by_passage[passage_id_of(record_id)] = record_id
            self.by_token.setdefault(token_of(record_id), []).append(record_id)

    def of_passages(self, ids: Iterable[str]) -> list[str]:
        try:
            return [self._by_passage[id_] for id_ in ids]
        except KeyError as error:
            raise IndexStoreError(
                f"No passage with the id {error.args[0]!r} is in the index; its article was replaced or "
                f"removed. Ask again."
            ) from error


def record_id_of(passage_id: str, token: str) -> str:
    return f"{passage_id}@{token}"


def token_of(record_id: str) -> str:
    return record_id.rpartition("@")[2]


def passage_id_of(record_id: str) -> str:
    return record_id.rpartition("@")[0]


def to_record(version: Version, passage: Passage) -> Record:
    metadata: dict[str, str | int] = {
        "article_id": passage.article_id,
        "version": version.token,
        "position": passage.position,
        "start": passage.start,
        "end": passage.end,
        "sentences": json.dumps(
            [[s.start, s.end, s.paragraph, s.kind.value, int(s.in_quotation)] for s in passage.sentences],
            separators=(",", ":"),
        ),
    }
    if passage.position == 0:
        summary = version.summary
        metadata |= {
            "head": 1,
            "sequence": version.sequence,
            "passages": summary.passages,
            "title": summary.title,
            "source": summary.source,
            "author": summary.author,
            "published": summary.published.isoformat() if summary.published else "",
            "url": summary.url,
            "origin": summary.origin,
            "file_hash": summary.file_hash,
        }
    return Record(id=record_id_of(passage.id, version.token), text=passage.text, metadata=metadata)


def to_version(head: Record) -> Version:
    stored = head.metadata
    with _undamaged(head):
        published = stored["published"]
        return Version(
            token=stored["version"],
            sequence=stored["sequence"],
            head_id=head.id,
            summary=ArticleSummary(
                id=stored["article_id"],
                title=stored["title"],
                source=stored["source"],
                author=stored["author"],
                published=datetime.date.fromisoformat(published) if published else None,
                url=stored["url"],
                passages=stored["passages"],
                origin=stored["origin"],
                file_hash=stored["file_hash"],
            ),
        )


def to_passage(record: Record) -> Passage:
    stored = record.metadata
    with _undamaged(record):
        # Citations are counted from `start`, so a passage that doesn't reach to its `end` is not trusted.
        if len(record.text) != stored["end"] - stored["start"]:
            raise ValueError("a passage's text and its place have different lengths")
        return Passage(
            id=passage_id_of(record.id),
            article_id=stored["article_id"],
            position=stored["position"],
            text=record.text,
            start=stored["start"],
            end=stored["end"],
            sentences=tuple(
                Sentence(
                    start=start,
                    end=end,
                    paragraph=paragraph,
                    kind=SentenceKind(kind),
                    in_quotation=bool(quoted),
                )
                for start, end, paragraph, kind, quoted in json.loads(stored["sentences"])
            ),
        )


@contextmanager
def _undamaged(record: Record) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise IndexCorruptError(
            f"A passage in the index is damaged ({record.id}). Delete the index's folder (or set "
            f"RAG_INDEX_DIR to another one) and run `python -m rag ingest` to build it again."
        ) from error
