"""Where Chroma keeps a collection, in a folder or on a server, and its failures in our words.

Chroma 1.5 keeps a collection's records in SQLite, where every call is one transaction. Its vector graph it
writes into files, in place and every thousand vectors; a damaged one can crash the process. So, in a folder:

- its log of vectors is never purged, for the graph can be built again from it;
- the sizes and checksums of the graph's files are kept beside them. Where a killed process or a fault has
  changed the files, they are deleted before Chroma sees them, and it builds them again;
- opening and writing exclude each other, since a process that opens may write the graph, too;
- a client never sees the vectors that other processes write after it was opened: a reader reopens.
"""

from __future__ import annotations

import itertools
import json
import shutil
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from filelock import FileLock, Timeout

from rag.errors import IndexBusyError, IndexCorruptError, IndexStoreError, IndexUnavailableError

if TYPE_CHECKING:
    import httpx
    from chromadb.api.client import Client

_GraphFiles = dict[str, list[int]]

_GUARD_TIMEOUT_S = 120.0
_SERVER_TIMEOUT_S = 60.0
_PROBE_BYTES = 1_000_000
_FULL = ("disk i/o error", "disk is full", "no space left", "file too large", "quota")
_UNAPPLIED = "failed to apply logs"
_spellings = itertools.count()


class ChromaFolder:
    """Chroma embedded in this process, in a folder that other processes may use at the same time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._database = folder / "chroma.sqlite3"
        self._recorded = folder / "graph.json"
        self._lock = FileLock(folder / "graph.lock", timeout=_GUARD_TIMEOUT_S, poll_interval=0.005)
        # Chroma shares one client among all that spell a path alike, so a reopened one would not be fresh.
        self._path = str(folder) + "/." * (next(_spellings) % 500)

    def prepare(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self.failure(error) from error

    def connect(self) -> Client:
        import chromadb

        self._drop_damaged_graph()
        client = cast("Client", chromadb.PersistentClient(self._path, settings=_settings()))
        self._keep_log()
        return client

    @property
    def must_exist(self) -> bool:
        """Whether there was a collection here before, which must not be taken for an empty one now."""
        return self._recorded.exists()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep every other process from opening the folder and from writing to it."""
        try:
            self._lock.acquire()
        except Timeout as error:
            raise IndexBusyError(
                f"The index in {self._folder} has been busy for {_GUARD_TIMEOUT_S:.0f} seconds. "
                f"Wait for the other process to finish, or stop it, and try again."
            ) from error
        except OSError as error:
            raise self.failure(error) from error
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Let Chroma write, and record its graph's files unless that failed."""
        with self.exclusive():
            yield
            self._record_graph()

    def failure(self, error: BaseException) -> IndexStoreError:
        detail = _one_line(error)
        said = detail.lower()
        if any(
            words in said for words in ("readonly", "read-only", "permission", "unable to open", "denied")
        ):
            return IndexUnavailableError(
                f"The index folder {self._folder} can't be written to. Change its permissions, or set "
                f"RAG_INDEX_DIR to a folder that can. ({detail})"
            )
        if "database is locked" in said or "database is busy" in said:
            return IndexBusyError(
                f"Another process is writing to the index in {self._folder}. Wait for it to finish, or stop "
                f"it, and try again. ({detail})"
            )
        full = any(words in said for words in _FULL)
        if isinstance(error, OSError) and not full:
            return IndexUnavailableError(
                f"The index folder {self._folder} can't be used: {detail}. Set RAG_INDEX_DIR to another "
                f"folder."
            )
        if full or not self._has_room() or (_UNAPPLIED in said and self._is_sound()):
            return IndexUnavailableError(
                f"The disk of the index folder {self._folder} is full, or fails. Free some space, or set "
                f"RAG_INDEX_DIR to a folder on another disk, and try again; what was indexed is kept. "
                f"({detail})"
            )
        return IndexCorruptError(self._damaged(detail))

    def _has_room(self) -> bool:
        """Whether a file can be written; Chroma hides from some of its errors that the disk was full."""
        probe = self._folder / "room.probe"
        try:
            probe.write_bytes(bytes(_PROBE_BYTES))
        except OSError:
            return False
        finally:
            with suppress(OSError):
                probe.unlink(missing_ok=True)
        return True

    def _is_sound(self) -> bool:
        """Whether SQLite finds its database in order."""
        with closing(sqlite3.connect(self._database)) as database:
            try:
                return bool(database.execute("PRAGMA quick_check").fetchone() == ("ok",))
            except sqlite3.Error:
                return False

    def _damaged(self, detail: str) -> str:
        return (
            f"The index in {self._folder} is damaged. Delete that folder (or set RAG_INDEX_DIR to another "
            f"one) and run `python -m rag ingest` to build it again from the articles. ({detail})"
        )

    def _keep_log(self) -> None:
        """Tell Chroma to keep its log of vectors, from which a damaged graph is rebuilt."""
        config = '{"automatically_purge": false, "_type": "EmbeddingsQueueConfigurationInternal"}'
        with closing(sqlite3.connect(self._database, timeout=30)) as database:
            (kept,) = database.execute(
                "SELECT count(*) FROM embeddings_queue_config WHERE config_json_str = ?", (config,)
            ).fetchone()
            if not kept:
                with database:
                    database.execute("DELETE FROM embeddings_queue_config")
                    database.execute(
                        "INSERT INTO embeddings_queue_config (id, config_json_str) VALUES (1, ?)", (config,)
                    )

    def _record_graph(self) -> None:
        recorded = self._read_recorded()
        current = self._graph(recorded)
        if current != recorded:
            draft = self._recorded.with_suffix(".new")
            draft.write_text(json.dumps(current), encoding="utf-8")
            draft.replace(self._recorded)

    def _drop_damaged_graph(self) -> None:
        recorded = self._read_recorded()
        current = self._graph(recorded)
        if recorded is None or {k: v[::2] for k, v in recorded.items()} == {
            k: v[::2] for k, v in current.items()
        }:
            return
        with closing(sqlite3.connect(self._database)) as database:
            (lost,) = database.execute(
                "SELECT count(*) FROM embeddings WHERE embedding_id NOT IN (SELECT id FROM embeddings_queue)"
            ).fetchone()
        if lost:
            raise IndexCorruptError(self._damaged("the vector graph is, and the log lacks vectors"))
        for folder in {(self._folder / name).parent for name in current}:
            shutil.rmtree(folder)

    def _read_recorded(self) -> _GraphFiles | None:
        try:
            return cast(_GraphFiles, json.loads(self._recorded.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except ValueError:
            return {"": [0, 0, 0]}

    def _graph(self, recorded: _GraphFiles | None) -> _GraphFiles:
        """Size, time and checksum of each file; a checksum is taken from `recorded` for an untouched one."""
        files: _GraphFiles = {}
        for path in sorted(self._folder.glob("*-*-*-*-*/*")):
            status = path.stat()
            name = path.relative_to(self._folder).as_posix()
            before = (recorded or {}).get(name)
            touched = before is None or before[:2] != [status.st_size, status.st_mtime_ns]
            checksum = zlib.crc32(path.read_bytes()) if touched or before is None else before[2]
            files[name] = [status.st_size, status.st_mtime_ns, checksum]
        return files


class ChromaServer:
    """A Chroma server, which alone looks after its files."""

    def __init__(self, url: str) -> None:
        self._url = url

    def prepare(self) -> None:
        """Check that a Chroma server answers; its client would wait for an answer for ever."""
        import httpx

        try:
            answer = httpx.get(f"{self._url}/api/v2/heartbeat", timeout=10)
            beat = answer.json() if answer.is_success else None
        except httpx.HTTPError as error:
            raise self.failure(error) from error
        except ValueError:
            beat = None
        if not isinstance(beat, dict) or "nanosecond heartbeat" not in beat:
            raise IndexUnavailableError(
                f"What answers at {self._url} is not a Chroma server. Set RAG_CHROMA_URL to the address of "
                f"one, or leave it empty to keep the index in a folder."
            )

    def connect(self) -> Client:
        import chromadb
        import httpx

        client = cast("Client", chromadb.HttpClient(host=self._url, settings=_settings()))
        # Chroma offers no setting for it, and would wait for ever for a server that hangs.
        for session in open_sessions(client):
            session.timeout = httpx.Timeout(_SERVER_TIMEOUT_S)
        return client

    @property
    def must_exist(self) -> bool:
        """Never: a server that was emptied is filled again."""
        return False

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        yield

    @contextmanager
    def changing(self) -> Iterator[None]:
        yield

    def failure(self, error: BaseException) -> IndexStoreError:
        return IndexUnavailableError(
            f"The Chroma server at {self._url} can't be used: {_one_line(error)}. Start it "
            f"(`chroma run --path FOLDER`), or leave RAG_CHROMA_URL empty to keep the index in a folder."
        )


def open_sessions(client: Client) -> list[httpx.Client]:
    """The connections of a client of a server, which Chroma leaves open."""
    import httpx

    owners = (client, getattr(client, "_admin_client", None))
    sessions = (getattr(getattr(owner, "_server", None), "_session", None) for owner in owners)
    return [session for session in sessions if isinstance(session, httpx.Client)]


def _settings() -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
