from __future__ import annotations

import datetime
import hashlib
import http.server
import itertools
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag._chroma import COLLECTION, ChromaStore, Record
from rag.errors import (
    ArticleNotFoundError,
    ArticleReadError,
    IndexBusyError,
    IndexCorruptError,
    IndexMismatchError,
    IndexStoreError,
    IndexUnavailableError,
)
from rag.index import IndexManifest, PassageIndex
from rag.schema import Article, Passage, Sentence, SentenceKind

Vectors = npt.NDArray[np.float32]
Opener = Callable[..., PassageIndex]

MANIFEST = IndexManifest(encoder="fake", passage_tokens=200, dimensions=8, schema_version=1)
TESTS = Path(__file__).parent


def cut(article: Article, pieces: list[str]) -> tuple[Passage, ...]:
    """One passage for each piece, each of one sentence."""
    ends = list(itertools.accumulate(len(piece) for piece in pieces))
    return tuple(
        Passage(
            id=f"{article.id}-{position}",
            article_id=article.id,
            position=position,
            text=piece,
            start=end - len(piece),
            end=end,
            sentences=(Sentence(start=end - len(piece), end=end, paragraph=position, in_quotation=True),),
        )
        for position, (piece, end) in enumerate(zip(pieces, ends, strict=True))
    )


def story(name: str, *, length: int = 3, version: int = 1) -> tuple[Article, tuple[Passage, ...], Vectors]:
    pieces = [f"{name} says {i} in version {version}.\n" for i in range(length)]
    article = Article.from_text(id=name, title=f"About {name}", text="".join(pieces), source="The Paper")
    return article, cut(article, pieces), vectors_for(pieces)


def vectors_for(texts: list[str]) -> Vectors:
    rows = [np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint32) for text in texts]
    vectors = np.array(rows, np.float64) / 2**31 - 1
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def add(index: PassageIndex, name: str, *, length: int = 3, version: int = 1, origin: str = "") -> Article:
    article, passages, vectors = story(name, length=length, version=version)
    index.add_article(article, passages, vectors, origin=origin, file_hash="f" * 64 if origin else "")
    return article


def names(index: PassageIndex) -> list[str]:
    return [summary.id for summary in index.articles()]


@pytest.fixture(params=["folder", "server"])
def open_index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the one index of the test, in a folder or on a server, as often as it is called."""
    url = ""
    if request.param == "server":
        url = request.getfixturevalue("chroma_url")
        empty_server(url)
    opened: list[PassageIndex] = []

    def open_it(manifest: IndexManifest = MANIFEST) -> PassageIndex:
        opened.append(PassageIndex.open(folder=tmp_path / "index", url=url, manifest=manifest))
        return opened[-1]

    yield open_it
    for index in opened:
        index.close()


@pytest.fixture
def open_folder(tmp_path: Path) -> Iterator[Opener]:
    opened: list[PassageIndex] = []

    def open_it(folder: Path = tmp_path / "index") -> PassageIndex:
        opened.append(PassageIndex.open(folder=folder, url="", manifest=MANIFEST))
        return opened[-1]

    yield open_it
    for index in opened:
        index.close()


def empty_server(url: str) -> None:
    database = f"{url}/api/v2/tenants/default_tenant/databases/default_database"
    answer = httpx.delete(f"{database}/collections/{COLLECTION}", timeout=30)
    assert answer.status_code in {200, 404}


# Reading back


def test_an_article_is_read_back_as_it_was_added(open_index: Opener) -> None:
    index = open_index()
    pieces = ["\ufeffÉtat d’urgence\r\n", "\u202ewtf\u202c 👩‍👩‍👧 e\u0301\x00", "   ", "\n\n“Yes.”"]
    article = Article.from_text(
        title="Ünï \U0001f600",
        text="".join(pieces),
        source="Señal",
        author="O’Brien",
        published=datetime.date(2024, 2, 29),
        url="https://example.org/?a=1&b=2",
    )
    index.add_article(article, cut(article, pieces), vectors_for(pieces), origin="/a b/ü.txt", file_hash="h")
    assert open_index().article(article.id) == article
    (summary,) = open_index().articles()
    assert (summary.passages, summary.origin, summary.file_hash) == (4, "/a b/ü.txt", "h")
    assert (summary.published, summary.author) == (article.published, article.author)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(TEXT, min_size=1, max_size=6), title=TEXT, kind=st.sampled_from(SentenceKind))
def test_any_text_survives_the_index(
    shared_index: PassageIndex, pieces: list[str], title: str, kind: SentenceKind
) -> None:
    article = Article.from_text(text="".join(pieces), title=title, author=title, url=title)
    passages = tuple(
        replace(passage, sentences=tuple(replace(s, kind=kind) for s in passage.sentences * 2))
        for passage in cut(article, pieces)
    )
    shared_index.add_article(article, passages, vectors_for(pieces))
    assert shared_index.article(article.id) == article
    assert shared_index.get_passages([passage.id for passage in passages]) == passages


@pytest.fixture(scope="module")
def shared_index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PassageIndex]:
    index = PassageIndex.open(folder=tmp_path_factory.mktemp("shared"), url="", manifest=MANIFEST)
    yield index
    index.close()


def test_passages_and_vectors_come_in_the_order_asked(open_index: Opener) -> None:
    index = open_index()
    for name in ("b", "a"):
        add(index, name, length=12)
    everything = list(index.passages())
    assert [(p.article_id, p.position) for p in everything] == [(n, i) for n in "ab" for i in range(12)]
    ids = [everything[i].id for i in (20, 3, 3, 11)]
    assert [passage.id for passage in index.get_passages(ids)] == ids
    expected = vectors_for([everything[i].text for i in (20, 3, 3, 11)])
    np.testing.assert_allclose(index.vectors(ids), expected, atol=1e-6)
    assert index.get_passages([]) == ()
    assert index.vectors([]).shape == (0, 8)


def test_an_empty_index_has_nothing_and_says_so_without_an_error(open_index: Opener) -> None:
    index = open_index()
    assert index.articles() == ()
    assert list(index.passages()) == []
    assert index.nearest(vectors_for(["q"])[0], limit=3) == []


def test_an_unknown_article_is_an_error_that_names_it(open_index: Opener) -> None:
    with pytest.raises(ArticleNotFoundError, match="nowhere"):
        open_index().article("nowhere")


def test_an_unknown_passage_is_an_error_that_names_it(open_index: Opener) -> None:
    index = open_index()
    add(index, "a")
    with pytest.raises(IndexStoreError, match="b-0"):
        index.get_passages(["a-0", "b-0"])


# Searching


def test_nearest_agrees_with_an_exact_search(open_index: Opener) -> None:
    index = open_index()
    with index.writing():
        for name in range(30):
            add(index, f"s{name:02}", length=10)
    passages = list(index.passages())
    vectors = index.vectors([passage.id for passage in passages])
    for query in vectors_for([f"q{i}" for i in range(10)]):
        exact = sorted((-float(v @ query), p.id) for v, p in zip(vectors, passages, strict=True))[:20]
        found = index.nearest(query, limit=20)
        assert [id_ for id_, _ in found] == [id_ for _, id_ in exact]
        assert [-s for _, s in found] == pytest.approx([s for s, _ in exact], abs=1e-5)
        assert found == index.nearest(query, limit=20)


def test_nearest_looks_only_into_the_articles_named(open_index: Opener) -> None:
    index = open_index()
    for name in "abcd":
        add(index, name)
    found = index.nearest(vectors_for(["q"])[0], limit=50, article_ids={"b", "d", "unknown"})
    assert sorted(id_ for id_, _ in found) == ["b-0", "b-1", "b-2", "d-0", "d-1", "d-2"]
    assert index.nearest(vectors_for(["q"])[0], limit=50, article_ids=[]) == []
    assert index.nearest(vectors_for(["q"])[0], limit=0) == []


def test_ties_are_sorted_by_id_wherever_the_limit_cuts(open_index: Opener) -> None:
    index = open_index()
    pieces = ["Same.\n"] * 40
    article = Article.from_text(text="".join(pieces), id="t")
    index.add_article(article, cut(article, pieces), vectors_for(pieces))
    everything = sorted(f"t-{i}" for i in range(40))
    for limit in (1, 7, 39, 40, 90):
        found = index.nearest(vectors_for(["Same.\n"])[0], limit=limit)
        assert [id_ for id_, _ in found] == everything[:limit]
        assert all(similarity == pytest.approx(1, abs=1e-6) and similarity <= 1 for _, similarity in found)


@pytest.mark.parametrize("vector", [np.ones(7), np.ones((1, 8)), np.full(8, np.nan)])
def test_a_query_vector_of_another_shape_is_refused(open_folder: Opener, vector: Vectors) -> None:
    with pytest.raises(ValueError, match="query vector"):
        open_folder().nearest(vector, limit=1)


# Replacing and removing


def test_an_article_replaces_the_one_of_its_id_and_the_one_of_its_file(open_index: Opener) -> None:
    index = open_index()
    add(index, "same", length=5, origin="/one")
    add(index, "other", length=4, origin="/two")
    newer = add(index, "same", length=2, version=2, origin="/two")
    for reader in (index, open_index()):
        assert names(reader) == ["same"]
        assert reader.article("same") == newer
        assert len(list(reader.passages())) == 2
        assert len(reader.nearest(vectors_for(["q"])[0], limit=50)) == 2


def test_removed_articles_are_gone_and_unknown_ones_are_passed_over(open_index: Opener) -> None:
    index = open_index()
    for name in "abc":
        add(index, name)
    index.remove_articles(["c", "a", "unknown"])
    for reader in (index, open_index()):
        assert names(reader) == ["b"]
        assert {id_ for id_, _ in reader.nearest(vectors_for(["q"])[0], limit=50)} == {"b-0", "b-1", "b-2"}


def test_an_article_larger_than_any_batch_is_whole(open_folder: Opener) -> None:
    article = add(open_folder(), "long", length=5600)
    reader = open_folder()
    assert reader.article("long") == article
    assert len(reader.nearest(vectors_for(["q"])[0], limit=5600)) == 5600
    reader.remove_articles(["long"])
    assert list(open_folder().passages()) == []


def test_parts_that_do_not_belong_together_are_refused(open_folder: Opener) -> None:
    index = open_folder()
    article, passages, vectors = story("a")
    for wrong in (vectors[:2], vectors[:, :4], np.full_like(vectors, np.inf)):
        with pytest.raises(ValueError, match="vectors"):
            index.add_article(article, passages, wrong)
    with pytest.raises(ValueError, match="join"):
        index.add_article(article, passages[:2], vectors[:2])
    with pytest.raises(ValueError, match="its own"):
        index.add_article(replace(article, id="b"), passages, vectors)
    with pytest.raises(ArticleReadError, match="no text"):
        index.add_article(replace(article, text=""), (), np.empty((0, 8), np.float32))
    with pytest.raises(ArticleReadError, match="ud800"):
        index.add_article(replace(article, author="\ud800"), passages, vectors)
    assert index.articles() == ()


# Several readers and writers


def test_a_reader_sees_what_another_writes(open_index: Opener) -> None:
    reader, writer = open_index(), open_index()
    add(writer, "a", length=5)
    before = reader.revision
    assert before == writer.revision
    assert len(reader.nearest(vectors_for(["q"])[0], limit=9)) == 5
    for version, length in ((2, 7), (3, 2)):
        article = add(writer, "a", length=length, version=version)
        assert reader.article("a") == article
        assert len(reader.nearest(vectors_for(["q"])[0], limit=9)) == length
        assert reader.vectors(["a-0"]).shape == (1, 8)
    assert reader.revision == writer.revision == open_index().revision != before
    writer.remove_articles(["a"])
    assert reader.articles() == ()


def test_the_revision_stays_while_nothing_changes(open_index: Opener) -> None:
    index = open_index()
    add(index, "a")
    before = index.revision
    with index.writing():
        index.remove_articles(["unknown"])
    assert index.revision == open_index().revision == before
    add(index, "a")
    assert index.revision != before


def test_several_writers_in_turn_see_each_other(open_index: Opener) -> None:
    writers = [open_index(), open_index()]
    for turn in range(6):
        add(writers[turn % 2], f"w{turn}", length=2)
    for writer in writers:
        assert names(writer) == [f"w{turn}" for turn in range(6)]
        assert len(writer.nearest(vectors_for(["q"])[0], limit=50)) == 12


def test_a_second_writer_is_told_that_the_index_is_busy(open_index: Opener) -> None:
    first, second = open_index(), open_index()
    with first.writing():
        add(first, "a")
        with pytest.raises(IndexBusyError, match="Wait"), second.writing(0.05):
            pass
        with first.writing(0.05):
            add(first, "b")
        assert names(first) == ["a", "b"]
    with second.writing(0.05):
        assert names(second) == ["a", "b"]


def test_threads_read_whole_articles_while_another_replaces_them(open_index: Opener) -> None:
    index, reader = open_index(), open_index()
    versions = {add(index, "a", length=n, version=n).text for n in range(1, 6)}
    seen: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(reader.article("a").text)
            seen.append("".join(passage.text for passage in reader.passages()))

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for n in (3, 1, 5, 2, 4):
            add(index, "a", length=n, version=n)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert set(seen) <= versions
    assert reader.article("a").text == story("a", length=4, version=4)[0].text


# Crashes


def test_a_half_written_article_is_not_seen_and_is_swept_away(
    open_index: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_index()
    old = add(index, "a", length=3)
    calls = itertools.count()
    upsert = ChromaStore.upsert

    def stop_at_the_second(store: ChromaStore, records: list[Record], vectors: Vectors) -> None:
        if next(calls) == 1:
            raise KeyboardInterrupt
        upsert(store, records, vectors)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(ChromaStore, "upsert", stop_at_the_second)
        add(index, "a", length=1500, version=2)
    for reader in (index, open_index()):
        assert reader.article("a") == old
        assert len(list(reader.passages())) == 3
        assert len(reader.nearest(vectors_for(["q"])[0], limit=50)) == 3
        assert len(reader.nearest(vectors_for(["q"])[0], limit=50, article_ids=["a"])) == 3
    with index.writing():
        pass
    assert len(index._store.ids()) == 3
    assert open_index().article("a") == old


def test_an_old_version_that_was_left_behind_is_not_seen(
    open_index: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_index()
    add(index, "a", length=3)

    def stop(store: ChromaStore, key: str, values: list[str]) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(ChromaStore, "delete_where", stop)
        newer = add(index, "a", length=2, version=2)
    newer = story("a", length=2, version=2)[0]
    for reader in (index, open_index()):
        assert reader.article("a") == newer
        assert len(reader.nearest(vectors_for(["q"])[0], limit=50)) == 2
    index.remove_articles(["a"])
    assert open_index().articles() == ()
    assert index._store.ids() == []


def run_python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_lock_of_a_killed_process_does_not_block(open_folder: Opener, tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from test_index import MANIFEST, PassageIndex, add
index = PassageIndex.open(folder=Path(sys.argv[1]), url="", manifest=MANIFEST)
with index.writing():
    add(index, "a")
    print("locked", flush=True)
    sys.stdin.read()
"""
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "index")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        index = open_folder()
        with pytest.raises(IndexBusyError), index.writing(0.05):
            pass
        holder.send_signal(signal.SIGKILL)
    add(index, "b")
    assert names(index) == ["a", "b"]


# Damage and failures


def test_another_manifest_is_refused_with_both_values_and_the_way_out(open_index: Opener) -> None:
    add(open_index(), "a")
    other = replace(MANIFEST, encoder="newer", dimensions=16)
    with pytest.raises(IndexMismatchError) as caught:
        open_index(other)
    for part in ("'fake'", "'newer'", "8", "16", "python -m rag ingest", "RAG_INDEX_DIR"):
        assert part in str(caught.value)
    assert names(open_index()) == ["a"]


def filled_folder(folder: Path, *, length: int = 1200) -> None:
    index = PassageIndex.open(folder=folder, url="", manifest=MANIFEST)
    add(index, "a", length=length)
    index.close()


def damage_middle(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 4 : len(content) // 2] = b"\xa5" * (len(content) // 2 - len(content) // 4)
    path.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "truncated": lambda path: os.truncate(path, path.stat().st_size // 2),
    "emptied": lambda path: os.truncate(path, 0),
    "garbled": damage_middle,
    "removed": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_is_an_error_that_says_how_to_index_again(
    open_folder: Opener, tmp_path: Path, damage: str
) -> None:
    filled_folder(tmp_path / "index")
    DAMAGES[damage](tmp_path / "index" / "chroma.sqlite3")
    for _ in range(2):
        with pytest.raises(IndexCorruptError, match="python -m rag ingest"):
            list(open_folder().passages())


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_vector_graph_is_built_again(open_folder: Opener, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "index"
    filled_folder(folder)
    files = sorted(folder.glob("*/*"))
    assert len(files) == 5
    for name in [file.relative_to(folder) for file in files]:
        DAMAGES[damage](folder / name)
        index = open_folder()
        passages = list(index.passages())
        assert len(index.nearest(vectors_for(["q"])[0], limit=2000)) == 1200
        expected = vectors_for([passage.text for passage in passages])
        np.testing.assert_allclose(index.vectors([p.id for p in passages]), expected, atol=1e-6)
        index.close()


def test_a_folder_that_was_copied_keeps_its_graph(open_folder: Opener, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    filled_folder(folder)
    before = {path: path.stat().st_ino for path in folder.glob("*/*")}
    for path in before:
        os.utime(path, (1, 1))
    assert len(open_folder().nearest(vectors_for(["q"])[0], limit=2000)) == 1200
    assert {path: path.stat().st_ino for path in folder.glob("*/*")} == before


def test_a_file_in_the_place_of_the_folder_is_an_error(open_folder: Opener, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for folder in (tmp_path / "file", tmp_path / "file" / "index"):
        with pytest.raises(IndexUnavailableError, match="RAG_INDEX_DIR"):
            open_folder(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_write_permission_is_an_error(open_folder: Opener, tmp_path: Path) -> None:
    filled_folder(tmp_path / "index", length=2)
    (tmp_path / "index").chmod(0o500)
    for path in (tmp_path / "index").glob("*.*"):
        path.chmod(0o400)
    with pytest.raises(IndexUnavailableError, match="permissions"):
        open_folder()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk can't be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def remount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(disk)], check=True)


def fill(index: PassageIndex) -> int:
    """Adds articles until the disk is full; says how many there are."""
    for number in range(500):
        try:
            add(index, f"s{number:03}", length=100)
        except IndexUnavailableError as error:
            assert "Free some space" in str(error)
            return number
    raise AssertionError("the disk was never full")


def test_a_full_disk_is_an_error_and_loses_nothing(open_folder: Opener, small_disk: Path) -> None:
    index = open_folder(small_disk / "index")
    whole = fill(index)
    assert whole > 0
    assert len(index.articles()) == whole
    index.close()
    remount(small_disk, "size=64m")
    index = open_folder(small_disk / "index")
    assert names(index)[:whole] == [f"s{number:03}" for number in range(whole)]
    for name in names(index):
        assert index.article(name) == story(name, length=100)[0]
    add(index, "more")
    assert index.article("more") == story("more")[0]


def test_a_read_only_disk_is_an_error(open_folder: Opener, small_disk: Path) -> None:
    # By a process of its own: a disk with files that are open for writing can't be made read-only.
    code = "import sys, pathlib, test_index; test_index.filled_folder(pathlib.Path(sys.argv[1]), length=2)"
    with run_python(code, str(small_disk / "index")) as process:
        assert process.wait() == 0
    remount(small_disk, "ro")
    for name in ("index", "new"):
        with pytest.raises(IndexUnavailableError, match="can't be written to"):
            open_folder(small_disk / name)


def fill_to_the_limit(folder: str) -> None:
    """For a process of its own: files can't grow beyond 2 MB."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
    index = PassageIndex.open(folder=Path(folder), url="", manifest=MANIFEST)
    sys.stdout.write(f"{fill(index)}\n")


def test_a_file_that_can_not_grow_is_an_error_and_loses_nothing(open_folder: Opener, tmp_path: Path) -> None:
    code = "import sys, test_index; test_index.fill_to_the_limit(sys.argv[1])"
    with run_python(code, str(tmp_path / "index")) as process:
        whole = int(process.communicate()[0])
    index = open_folder()
    assert names(index)[:whole] == [f"s{number:03}" for number in range(whole)]
    for name in names(index):
        assert index.article(name) == story(name, length=100)[0]


def test_a_server_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(IndexUnavailableError, match="RAG_CHROMA_URL"):
        PassageIndex.open(folder=tmp_path, url=url, manifest=MANIFEST)


@pytest.mark.parametrize("body", [b"<html>Hello</html>", b"[]", b'{"status": "ok"}'])
def test_a_server_that_is_not_chroma_is_an_error(tmp_path: Path, body: bytes) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with pytest.raises(IndexUnavailableError, match="not a Chroma server"):
                url = f"http://127.0.0.1:{server.server_port}"
                PassageIndex.open(folder=tmp_path, url=url, manifest=MANIFEST)
        finally:
            server.shutdown()
            thread.join()


def test_a_panic_inside_chroma_is_an_error_of_ours(
    open_folder: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PanicException(BaseException):
        pass

    def panic(*arguments: object, **named: object) -> None:
        raise PanicException("range end index 4 out of range")

    index = open_folder()
    add(index, "a")
    monkeypatch.setattr("chromadb.api.models.Collection.Collection.query", panic)
    with pytest.raises(IndexCorruptError, match="out of range"):
        index.nearest(vectors_for(["q"])[0], limit=1)


def test_a_closed_index_says_so(open_folder: Opener) -> None:
    index = open_folder()
    index.close()
    index.close()
    with pytest.raises(IndexStoreError, match="closed"):
        index.articles()


def test_chroma_never_loads_an_embedding_model(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from test_index import MANIFEST, PassageIndex, add, vectors_for
index = PassageIndex.open(folder=Path(sys.argv[1]), url="", manifest=MANIFEST)
add(index, "a")
index.nearest(vectors_for(["q"])[0], limit=2)
print("onnxruntime" in sys.modules, "sentence_transformers" in sys.modules)
"""
    with run_python(code, str(tmp_path / "index")) as process:
        assert process.communicate()[0] == "False False\n"


def test_a_passage_without_its_text_is_a_damaged_index(open_folder: Opener, tmp_path: Path) -> None:
    filled_folder(tmp_path / "index", length=2)
    with closing(sqlite3.connect(tmp_path / "index" / "chroma.sqlite3")) as database, database:
        database.execute("DELETE FROM embedding_metadata WHERE key = 'chroma:document'")
    with pytest.raises(IndexCorruptError, match="ingest"):
        open_folder().article("a")


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM embedding_metadata WHERE key = 'title'",
        "UPDATE embedding_metadata SET string_value = 'some day' WHERE key = 'published'",
        "UPDATE embedding_metadata SET int_value = int_value + 1 WHERE key = 'end'",
    ],
)
def test_a_damaged_record_is_a_damaged_index(damage: str, open_folder: Opener, tmp_path: Path) -> None:
    filled_folder(tmp_path / "index", length=2)
    with closing(sqlite3.connect(tmp_path / "index" / "chroma.sqlite3")) as database, database:
        assert database.execute(damage).rowcount > 0
    with pytest.raises(IndexCorruptError, match="ingest"):
        open_folder().article("a")
