from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from test_index import Vectors, cut, vectors_for

from rag.articles import read_article
from rag.errors import CorpusError, IndexBusyError, ModelError
from rag.index import IndexManifest, PassageIndex
from rag.ingestion import ingest_folder
from rag.schema import Article, IngestReport, Passage

MANIFEST = IndexManifest(encoder="fake", passage_tokens=200, dimensions=8, schema_version=1)
MAX_BYTES = 100_000
TESTS = Path(__file__).parent


def split(article: Article) -> tuple[Passage, ...]:
    return cut(article, article.text.splitlines(keepends=True))


class FakeEncoder:
    """Vectors from the texts' hashes; counts the passages, and may fail or interrupt at one of them."""

    def __init__(self, *, stop_at: str = "", stop_with: BaseException | None = None) -> None:
        self.passages = 0
        self._stop_at = stop_at
        self._stop_with = stop_with

    def __call__(self, passages: Sequence[Passage]) -> Vectors:
        if self._stop_with is not None and any(self._stop_at in passage.text for passage in passages):
            raise self._stop_with
        self.passages += len(passages)
        return vectors_for([passage.text for passage in passages])


class Corpus:
    """A folder of files and the index it is ingested into."""

    def __init__(self, folder: Path, index: PassageIndex) -> None:
        self.folder = folder
        self.index = index

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def ingest(self, encoder: FakeEncoder | None = None, *, folder: str = ".") -> IngestReport:
        return ingest_folder(
            self.folder / folder,
            index=self.index,
            encode=encoder or FakeEncoder(),
            split=split,
            max_bytes=MAX_BYTES,
        )

    def texts(self) -> dict[str, str]:
        """What the index holds, by the path of the file."""
        return {
            Path(summary.origin).relative_to(self.folder).as_posix(): self.index.article(summary.id).text
            for summary in self.index.articles()
        }


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    folder = (tmp_path / "corpus").resolve()
    folder.mkdir()
    index = PassageIndex.open(folder=tmp_path / "index", url="", manifest=MANIFEST)
    yield Corpus(folder, index)
    index.close()


def body(name: str, version: int = 1) -> str:
    return f"The {name} spoke in version {version}.\nThen the {name} left.\nNothing more was said.\n"


def test_every_readable_file_is_indexed_as_it_reads(corpus: Corpus) -> None:
    for name in ("b.txt", "deep/er/a.md"):
        corpus.write(name, body(name))
    report = corpus.ingest()
    assert report == IngestReport(added=("b.txt", "deep/er/a.md"))
    assert corpus.texts() == {
        name: read_article(corpus.folder / name, max_bytes=MAX_BYTES).text
        for name in ("b.txt", "deep/er/a.md")
    }


def test_unchanged_files_cost_nothing_and_changed_ones_replace_their_passages(corpus: Corpus) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        corpus.write(name, body(name))
    corpus.ingest()
    revision = corpus.index.revision
    assert corpus.ingest(idle := FakeEncoder()) == IngestReport(unchanged=("a.txt", "b.txt", "c.txt"))
    assert (idle.passages, corpus.index.revision) == (0, revision)

    corpus.write("b.txt", body("b.txt", 2))
    (corpus.folder / "c.txt").unlink()
    report = corpus.ingest(encoder := FakeEncoder())
    assert report == IngestReport(unchanged=("a.txt",), updated=("b.txt",), removed=("c.txt",))
    assert encoder.passages == 3
    assert "version 2" in corpus.texts()["b.txt"]
    assert len(list(corpus.index.passages())) == 6


def test_articles_from_elsewhere_stay(corpus: Corpus) -> None:
    corpus.write("one/a.txt", body("a"))
    corpus.write("two/b.txt", body("b"))
    added = Article.from_text(text="Added by a program.")
    corpus.index.add_article(added, split(added), vectors_for([added.text]))
    corpus.ingest(folder="one")
    corpus.ingest(folder="two")
    shutil.rmtree(corpus.folder / "one")
    (corpus.folder / "one").mkdir()
    assert corpus.ingest(folder="two") == IngestReport(unchanged=("b.txt",))
    assert corpus.ingest(folder="one") == IngestReport(removed=("a.txt",))
    assert {Path(s.origin).name for s in corpus.index.articles()} == {"", "b.txt"}


def test_a_folder_whose_name_begins_like_another_is_not_part_of_it(corpus: Corpus) -> None:
    corpus.write("news/a.txt", body("a"))
    corpus.write("news2/b.txt", body("b"))
    corpus.ingest(folder="news2")
    assert corpus.ingest(folder="news").removed == ()
    assert set(corpus.texts()) == {"news/a.txt", "news2/b.txt"}


def test_copies_are_indexed_once_and_take_over_when_the_first_goes(corpus: Corpus) -> None:
    for name in ("b.txt", "c/b.txt", "d.txt"):
        corpus.write(name, body("x"))
    assert corpus.ingest() == IngestReport(added=("b.txt",), copies=("c/b.txt", "d.txt"))
    assert corpus.ingest() == IngestReport(unchanged=("b.txt",), copies=("c/b.txt", "d.txt"))
    (corpus.folder / "b.txt").unlink()
    assert corpus.ingest() == IngestReport(added=("c/b.txt",), copies=("d.txt",), removed=("b.txt",))
    (corpus.folder / "c/b.txt").unlink()
    assert corpus.ingest() == IngestReport(added=("d.txt",), removed=("c/b.txt",))
    corpus.write("a.txt", body("x"))
    assert corpus.ingest() == IngestReport(added=("a.txt",), copies=("d.txt",))
    assert set(corpus.texts()) == {"a.txt"}
    assert len(list(corpus.index.passages())) == 3


def test_a_file_that_becomes_a_copy_leaves_one_article(corpus: Corpus) -> None:
    corpus.write("a.txt", body("a"))
    corpus.write("b.txt", body("b"))
    corpus.ingest()
    corpus.write("b.txt", body("a"))
    assert corpus.ingest() == IngestReport(unchanged=("a.txt",), copies=("b.txt",))
    assert set(corpus.texts()) == {"a.txt"}


def test_other_bytes_of_the_same_article_are_a_copy(corpus: Corpus) -> None:
    corpus.write("one/a.txt", body("a"))
    corpus.write("two/a.txt", body("a").replace("\n", "\r\n"))
    for expected in (
        IngestReport(added=("one/a.txt",), copies=("two/a.txt",)),
        IngestReport(unchanged=("one/a.txt",), copies=("two/a.txt",)),
    ):
        assert corpus.ingest() == expected
        assert set(corpus.texts()) == {"one/a.txt"}
    corpus.write("one/a.txt", body("other"))
    assert corpus.ingest() == IngestReport(updated=("one/a.txt",), added=("two/a.txt",))
    assert set(corpus.texts()) == {"one/a.txt", "two/a.txt"}


def test_an_earlier_file_takes_over_the_article_of_a_later_one(corpus: Corpus) -> None:
    corpus.write("two/a.txt", body("a"))
    corpus.ingest()
    corpus.write("one/a.txt", body("a").replace("\n", "\r\n"))
    assert corpus.ingest() == IngestReport(added=("one/a.txt",), copies=("two/a.txt",))
    assert set(corpus.texts()) == {"one/a.txt"}


def test_a_copy_of_a_file_in_another_folder_is_not_indexed_twice(corpus: Corpus) -> None:
    corpus.write("one/a.txt", body("a"))
    corpus.write("two/b.txt", body("a"))
    corpus.ingest(folder="one")
    assert corpus.ingest(folder="two") == IngestReport(copies=("b.txt",))
    (corpus.folder / "one/a.txt").unlink()
    assert corpus.ingest(folder="two") == IngestReport(added=("b.txt",))
    assert corpus.ingest(folder="one") == IngestReport(removed=("a.txt",))
    assert set(corpus.texts()) == {"two/b.txt"}


def test_a_renamed_file_and_a_moved_folder_keep_one_article(corpus: Corpus) -> None:
    corpus.write("one/a.txt", body("a"))
    corpus.ingest(folder="one")
    (corpus.folder / "one/a.txt").rename(corpus.folder / "one/z.txt")
    assert corpus.ingest(folder="one") == IngestReport(added=("z.txt",), removed=("a.txt",))
    (corpus.folder / "one").rename(corpus.folder / "two")
    assert corpus.ingest(folder="two") == IngestReport(added=("z.txt",))
    assert set(corpus.texts()) == {"two/z.txt"}


def test_two_files_that_swap_their_contents_swap_their_articles(corpus: Corpus) -> None:
    corpus.write("a.txt", body("one"))
    corpus.write("b.txt", body("two"))
    corpus.ingest()
    corpus.write("a.txt", body("two"))
    corpus.write("b.txt", body("one"))
    assert corpus.ingest() == IngestReport(updated=("a.txt", "b.txt"))
    assert {name: text.split()[1] for name, text in corpus.texts().items()} == {
        "a.txt": "two",
        "b.txt": "one",
    }


def test_a_failed_file_has_a_reason_and_keeps_its_earlier_version(corpus: Corpus) -> None:
    corpus.write("a.txt", body("a"))
    corpus.write("b.txt", body("b"))
    corpus.ingest()
    corpus.write("a.txt", b"\x00\x01\x02" * 100)
    corpus.write("big.txt", b"x" * (MAX_BYTES + 1))
    corpus.write("empty.txt", b"")
    corpus.write("table.xlsx", b"PK")
    (corpus.folder / "lost.txt").symlink_to(corpus.folder / "nowhere.txt")
    report = corpus.ingest()
    assert [file.path for file in report.failed] == [
        "a.txt",
        "big.txt",
        "empty.txt",
        "lost.txt",
        "table.xlsx",
    ]
    assert all(file.reason and "\n" not in file.reason for file in report.failed)
    assert (report.unchanged, report.removed) == (("b.txt",), ())
    assert "spoke in version 1" in corpus.texts()["a.txt"]


def test_the_copy_of_a_file_that_can_not_be_parsed_is_tried(corpus: Corpus) -> None:
    corpus.write("a.pdf", body("a"))
    corpus.write("b.txt", body("a"))
    report = corpus.ingest()
    assert [file.path for file in report.failed] == ["a.pdf"]
    assert report.added == ("b.txt",)


def test_a_name_that_is_not_utf8_is_reported(corpus: Corpus) -> None:
    try:
        (corpus.folder / os.fsdecode(b"caf\xe9.txt")).write_text(body("a"))
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    corpus.write("b.txt", body("b"))
    report = corpus.ingest()
    assert [file.path for file in report.failed] == ["caf?.txt"]
    assert "rename" in report.failed[0].reason


def test_a_folder_without_an_article_is_an_error_that_says_what_to_do(corpus: Corpus) -> None:
    with pytest.raises(CorpusError, match=r"\.txt"):
        corpus.ingest()
    corpus.write("empty.txt", b"")
    with pytest.raises(CorpusError, match=r"empty\.txt"):
        corpus.ingest()
    with pytest.raises(CorpusError, match="missing"):
        corpus.ingest(folder="missing")


def test_an_emptied_folder_empties_the_index_and_a_missing_one_does_not(corpus: Corpus) -> None:
    corpus.write("a.txt", body("a"))
    corpus.ingest()
    corpus.folder.rename(corpus.folder.with_name("away"))
    with pytest.raises(CorpusError):
        corpus.ingest()
    corpus.folder.mkdir()
    assert set(corpus.texts()) == {"a.txt"}
    assert corpus.ingest() == IngestReport(removed=("a.txt",))
    assert corpus.index.articles() == ()


def test_progress_is_told_after_each_file(corpus: Corpus) -> None:
    for name in ("a.txt", "b.txt", "c/d.txt"):
        corpus.write(name, body(name))
    corpus.write("b.txt", b"")
    told: list[tuple[int, int, str]] = []
    ingest_folder(
        corpus.folder,
        index=corpus.index,
        encode=FakeEncoder(),
        split=split,
        max_bytes=MAX_BYTES,
        progress=lambda done, total, name: told.append((done, total, name)),
    )
    assert told == [(1, 3, "a.txt"), (2, 3, "b.txt"), (3, 3, "c/d.txt")]


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), ModelError("The model broke.")])
def test_an_interrupted_ingest_keeps_what_was_done_and_goes_on_next_time(
    corpus: Corpus, stop: BaseException
) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        corpus.write(name, body(name))
    corpus.ingest()
    for name in ("a.txt", "b.txt", "c.txt"):
        corpus.write(name, body(name, 2))
    with pytest.raises(type(stop)):
        corpus.ingest(FakeEncoder(stop_at="b.txt", stop_with=stop))
    versions = {name: text.split("version ")[1][0] for name, text in corpus.texts().items()}
    assert versions == {"a.txt": "2", "b.txt": "1", "c.txt": "1"}
    assert corpus.ingest() == IngestReport(unchanged=("a.txt",), updated=("b.txt", "c.txt"))


def test_a_file_that_changes_while_it_is_ingested_is_taken_up_next_time(corpus: Corpus) -> None:
    path = corpus.write("a.txt", body("a"))

    class ChangingEncoder(FakeEncoder):
        def __call__(self, passages: Sequence[Passage]) -> Vectors:
            path.write_text(body("a", 2))
            return super().__call__(passages)

    corpus.ingest(ChangingEncoder())
    assert "version 1" in corpus.texts()["a.txt"]
    assert corpus.ingest() == IngestReport(updated=("a.txt",))
    assert "version 2" in corpus.texts()["a.txt"]


def test_the_same_folder_by_another_path_is_the_same_folder(corpus: Corpus, tmp_path: Path) -> None:
    corpus.write("a.txt", body("a"))
    corpus.ingest()
    (tmp_path / "link").symlink_to(corpus.folder)
    for way in ("../link", "../corpus/../corpus"):
        assert corpus.ingest(folder=way) == IngestReport(unchanged=("a.txt",))


# Several processes, some of which are killed

FILES = 30


def ingest_and_tell(corpus_dir: str, index_dir: str, timeout_s: str) -> None:
    """For a process of its own: prints a line for each step, and waits for one to be read after each."""

    def tell(step: str) -> None:
        sys.stdout.write(f"{step}\n")
        sys.stdout.flush()

    index = PassageIndex.open(folder=Path(index_dir), url="", manifest=MANIFEST)
    tell("open")
    encoder = FakeEncoder()

    def encode(passages: Sequence[Passage]) -> Vectors:
        tell(f"encode {passages[0].article_id}")
        return encoder(passages)

    ingest_folder(
        Path(corpus_dir),
        index=index,
        encode=encode,
        split=split,
        max_bytes=MAX_BYTES,
        lock_timeout_s=float(timeout_s),
        progress=lambda done, total, name: tell(f"done {done} of {total} {name}"),
    )
    tell(f"finished {encoder.passages}")


def start_ingest(corpus: Corpus, index_dir: Path, *, timeout_s: float = 30) -> subprocess.Popen[str]:
    code = "import sys, test_ingestion; test_ingestion.ingest_and_tell(*sys.argv[1:])"
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, str(corpus.folder), str(index_dir), str(timeout_s)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(process: subprocess.Popen[str], begins: Callable[[str], bool]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if begins(line):
            return line
    assert process.stderr is not None
    raise AssertionError(f"the ingest ended early: {process.stderr.read()}")


def write_version(corpus: Corpus, version: int) -> dict[str, str]:
    """Files of 2 to 31 lines, of which one in seven disappears with each version."""
    texts = {}
    for number in range(FILES):
        name = f"{number:02}.txt"
        if number % 7 == version % 7:
            (corpus.folder / name).unlink(missing_ok=True)
            continue
        lines = [f"Line {i} of {name} in version {version}.\n" for i in range(number + 2)]
        corpus.write(name, "".join(lines))
        texts[name] = "".join(lines).rstrip("\n")
    return texts


def check_state(corpus: Corpus, versions: list[dict[str, str]]) -> None:
    """Every article that is seen is whole, exactly one version of its file, and found by its vectors."""
    index = corpus.index
    texts = corpus.texts()
    assert len(texts) == len(index.articles())
    for name, text in texts.items():
        assert text in [version.get(name) for version in versions]
    passages = list(index.passages())
    assert Counter(p.article_id for p in passages) == {s.id: s.passages for s in index.articles()}
    vectors = index.vectors([passage.id for passage in passages])
    expected = vectors_for([passage.text for passage in passages]).reshape(len(passages), 8)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    found = index.nearest(np.ones(8, np.float32), limit=len(passages) + 10)
    assert {id_ for id_, _ in found} == {passage.id for passage in passages}


def test_an_ingest_that_is_killed_at_any_step_leaves_a_whole_index(corpus: Corpus, tmp_path: Path) -> None:
    versions = [write_version(corpus, 0)]
    corpus.ingest()
    steps = ("open", "encode", "done 1 ", "done 9 ", "done 16 ", "done 24 ")
    for number, step in enumerate(steps, start=1):
        versions.append(write_version(corpus, number))
        with start_ingest(corpus, tmp_path / "index") as process:
            wait_for(process, lambda line, step=step: line.startswith(step))  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
        check_state(corpus, versions)
        fresh = PassageIndex.open(folder=tmp_path / "index", url="", manifest=MANIFEST)
        check_state(Corpus(corpus.folder, fresh), versions)
        fresh.close()
    corpus.ingest()
    assert corpus.texts() == versions[-1]
    check_state(corpus, versions[-1:])
    tokens = {record_id.rpartition("@")[2] for record_id in corpus.index._store.ids()}
    assert len(tokens) == len(versions[-1])


def test_a_first_ingest_that_is_killed_is_completed_by_the_next(corpus: Corpus, tmp_path: Path) -> None:
    expected = write_version(corpus, 0)
    for step in ("open", "encode", "done 3 ", "done 20 "):
        with start_ingest(corpus, tmp_path / "other") as process:
            wait_for(process, lambda line, step=step: line.startswith(step))  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
    index = PassageIndex.open(folder=tmp_path / "other", url="", manifest=MANIFEST)
    other = Corpus(corpus.folder, index)
    check_state(other, [expected])
    report = other.ingest(encoder := FakeEncoder())
    assert report.unchanged
    assert encoder.passages < sum(range(2, FILES + 2))
    assert other.texts() == expected
    index.close()


def test_a_second_ingest_waits_for_the_first(corpus: Corpus, tmp_path: Path) -> None:
    expected = write_version(corpus, 0)
    with start_ingest(corpus, tmp_path / "index") as first:
        wait_for(first, lambda line: line.startswith("encode"))
        with start_ingest(corpus, tmp_path / "index") as second:
            assert "finished" in first.communicate()[0]
            assert second.communicate()[0].splitlines()[-1] == "finished 0"
    check_state(corpus, [expected])
    assert corpus.texts() == expected


def test_a_second_ingest_that_does_not_wait_is_told_that_the_index_is_busy(
    corpus: Corpus, tmp_path: Path
) -> None:
    write_version(corpus, 0)
    with corpus.index.writing(), start_ingest(corpus, tmp_path / "index", timeout_s=0.01) as other:
        errors = other.communicate()[1]
    assert other.returncode == 1
    assert IndexBusyError.__name__ in errors
    corpus.ingest()
