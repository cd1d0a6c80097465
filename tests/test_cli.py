"""The command line: what it prints where, and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import pytest

from rag.cli import main
from rag.errors import CorpusError, IndexBusyError, QuestionError, RagError, SettingsError
from rag.presentation import confidence_level, printable
from rag.schema import (
    Answer,
    AnswerStatus,
    Article,
    ArticleSummary,
    Citation,
    Evidence,
    FailedFile,
    Filters,
    IngestReport,
    Passage,
    RankedPassage,
    Statement,
)

ROOT = Path(__file__).resolve().parent.parent
ARTICLE = Article.from_text(
    title="Strikes",
    text="The US allows strikes.\n\nDeep strikes are \x1b[31mnot\u202e allowed.",
    source="The Wire",
    author="A. Writer",
)


class FakeChecker:
    """Answers any question with the article's second sentence, and "absent" with not_found."""

    def __init__(self, *, article: Article = ARTICLE, held: bool = True) -> None:
        self.source = article
        self.held = held
        self.report = IngestReport(added=("strikes.txt",))
        self.failure: BaseException | None = None
        self.asked: list[tuple[str, Filters | None]] = []
        self.folders: list[Path | None] = []
        self.closed = False

    def __enter__(self) -> FakeChecker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed = True

    def ingest(
        self, folder: Path | None = None, *, progress: Callable[[int, int, str], None] | None = None
    ) -> IngestReport:
        self.folders.append(folder)
        self._fail()
        self.held = True
        return self.report

    def ask(self, question: str, *, filters: Filters | None = None) -> Answer:
        self.asked.append((question, filters))
        self._fail()
        text, start = self.source.text, self.source.text.index("Deep")
        place = {"article_id": self.source.id, "title": self.source.title}
        if question == "absent":
            first = Evidence(**place, passage_id="p", text=text[:22], start=0, end=22, score=0.05)
            return Answer(
                question=question,
                statements=(),
                status=AnswerStatus.NOT_FOUND,
                confidence=0.05,
                evidence=(first,),
            )
        citation = Citation(**place, number=1, quote=text[start:], start=start, end=len(text))
        return Answer(
            question=question,
            statements=(Statement(text=text[start:], citations=(citation,)),),
            status=AnswerStatus.ANSWERED,
            confidence=0.93,
            evidence=(),
            timings={"total": 12.5},
        )

    def search(self, query: str, *, limit: int = 5) -> tuple[RankedPassage, ...]:
        self._fail()
        passage = Passage(
            id="p",
            article_id=self.source.id,
            position=0,
            text="The US allows.",
            start=0,
            end=14,
            sentences=(),
        )
        ranked = RankedPassage(passage=passage, title=self.source.title, score=1.5, rank=1, bm25_rank=1)
        return () if query == "absent" else (ranked,)

    def articles(self) -> tuple[ArticleSummary, ...]:
        article = self.source
        summary = ArticleSummary(
            id=article.id,
            title=article.title,
            source=article.source,
            author=article.author,
            published=article.published,
            url=article.url,
            passages=1,
        )
        return (summary,) if self.held else ()

    def article(self, article_id: str) -> Article:
        assert article_id == self.source.id
        return self.source

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def checker() -> FakeChecker:
    return FakeChecker()


def run(checker: FakeChecker, *arguments: str) -> int:
    return main(arguments, open_checker=lambda: checker)


def test_an_answer_is_printed_with_its_source_offsets_and_confidence(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, "ask", "What", "is", "allowed?") == 0
    printed = capsys.readouterr()
    assert checker.asked[0][0] == "What is allowed?"
    assert "allowed. [1]" in printed.out
    assert "[1] Strikes\n    The Wire, A. Writer, no date, characters 24 to 59\n    > Deep" in printed.out
    assert "very high (0.93)" in printed.out
    assert printed.err == ""
    assert checker.closed


def test_an_article_cannot_steer_the_terminal(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    run(checker, "ask", "What is allowed?")
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert r"\x1b[31mnot\u202e" in printed


def test_json_keeps_the_exact_text(checker: FakeChecker, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(checker, "ask", "--json", "What is allowed?") == 0
    record = json.loads(capsys.readouterr().out)
    assert list(record) == [
        "question",
        "status",
        "confidence",
        "text",
        "statements",
        "citations",
        "evidence",
        "timings",
    ]
    citation = record["citations"][0]
    assert citation["quote"] == ARTICLE.text[citation["start"] : citation["end"]]
    assert (citation["source"], citation["published"]) == ("The Wire", None)
    assert record["statements"][0]["citations"] == [1]
    assert record["timings"] == {"total": 12.5}


def test_not_found_says_so_and_shows_the_nearest_passage(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, "ask", "absent") == 1
    printed = capsys.readouterr().out
    assert printed.startswith("The articles don't say.\n")
    assert "    > The US allows strikes.\n" in printed
    assert "very low (0.05)" in printed


def test_the_first_question_ingests_the_articles(
    capsys: pytest.CaptureFixture[str],
) -> None:
    checker = FakeChecker(held=False)
    checker.report = IngestReport(added=("a.txt",), failed=(FailedFile(path="b.pdf", reason="Encrypted."),))
    assert run(checker, "ask", "What is allowed?") == 0
    assert checker.folders == [None]
    printed = capsys.readouterr()
    assert "Articles: 1 added, 1 failed." in printed.err
    assert "b.pdf: Encrypted." in printed.err
    assert "Articles:" not in printed.out


def test_filters_reach_the_question(checker: FakeChecker) -> None:
    run(checker, "ask", "Who?", "--source", "AP", "--source", "BBC", "--from", "2024-05-01", "--author", "B")
    filters = checker.asked[0][1]
    assert filters is not None
    assert filters.sources == ("AP", "BBC")
    assert filters.authors == ("B",)
    assert str(filters.published_from) == "2024-05-01"
    assert filters.published_to is None


def test_an_ingest_tells_what_it_did_and_that_files_failed(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, "ingest", "news") == 0
    checker.report = replace(checker.report, failed=(FailedFile(path="b\n.pdf", reason="Encrypted."),))
    assert run(checker, "ingest", "news") == 4
    assert checker.folders == [Path("news"), Path("news")]
    assert "Articles: 1 added, 1 failed." in capsys.readouterr().out


def test_search_prints_passages_or_finds_none(
    checker: FakeChecker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, "search", "strikes", "--limit", "2") == 0
    assert "1. Strikes\n   characters 0 to 14, score 1.500\n    > The US allows." in capsys.readouterr().out
    assert run(checker, "search", "absent", "--json") == 1
    assert json.loads(capsys.readouterr().out) == []


def test_articles_are_listed(checker: FakeChecker, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(checker, "articles") == 0
    assert f"{ARTICLE.id}  Strikes\n    The Wire, A. Writer, no date, 1 passage" in capsys.readouterr().out
    assert run(checker, "articles", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["id"] == ARTICLE.id


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (QuestionError("The question is empty."), 2),
        (SettingsError("RAG_PORT can't be 0."), 2),
        (CorpusError("There is no folder 'corpus'."), 3),
        (IndexBusyError("Another process is writing."), 3),
        (RagError("Something else."), 3),
    ],
)
def test_an_error_is_one_message_and_an_exit_code(
    checker: FakeChecker, error: RagError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    checker.failure = error
    assert run(checker, "ask", "What is allowed?") == code
    printed = capsys.readouterr()
    assert printed.err == f"Error: {error}\n"
    assert printed.out == ""
    assert checker.closed


@pytest.mark.parametrize(
    "arguments", [("ask",), ("search", "x", "--limit", "0"), ("ask", "x", "--from", "May"), ("fly",)]
)
def test_wrong_usage_is_told_with_exit_code_2(
    checker: FakeChecker, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, *arguments) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("Error: ")
    assert "--help" in printed.err
    assert "Traceback" not in printed.err


def test_an_interrupt_is_a_short_line(checker: FakeChecker, capsys: pytest.CaptureFixture[str]) -> None:
    checker.failure = KeyboardInterrupt()
    assert run(checker, "ingest") == 130
    assert capsys.readouterr().err == "Interrupted. What was done until now is kept.\n"


@pytest.mark.parametrize("arguments", [("--help",), ()])
def test_help_is_shown_and_is_no_error(
    checker: FakeChecker, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checker, *arguments) == 0
    printed = capsys.readouterr().out
    for command in ("ingest", "ask", "search", "articles", "serve"):
        assert command in printed


def test_a_closed_pipe_is_quiet() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "rag", "--help"], stdout=closed, stderr=subprocess.PIPE, cwd=ROOT
        )
    assert (done.returncode, done.stderr) == (141, b"")


def test_commands_do_not_import_the_web_page() -> None:
    code = "import sys, rag.cli; print([m for m in ('gradio', 'chromadb', 'langchain') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – “text” é 汉 🙂\n\t", "plain – “text” é 汉 🙂\n\t"),
        ("\x00\x07\r\x7f\x9b", r"\x00\x07\r\x7f\x9b"),
        ("\u2066a\u2069\u2028\ud800", r"\u2066a\u2069\u2028\ud800"),
    ],
)
def test_what_steers_a_terminal_is_escaped_and_text_is_not(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_confidence_is_put_in_five_words() -> None:
    assert [confidence_level(c) for c in (1.0, 0.9, 0.89, 0.5, 0.1, 0.0)] == [
        "very high",
        "very high",
        "high",
        "medium",
        "low",
        "very low",
    ]
