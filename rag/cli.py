"""The command line: `python -m rag ingest / ask / search / articles / serve`.

Exit codes: 0 done; 1 the articles don't say; 2 wrong usage, question or setting; 3 the index, the
articles or a model can't be used; 4 the ingest left files out; 130 interrupted; 141 nobody reads the output.
"""

from __future__ import annotations

import datetime
import json
import os
import runpy
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, Protocol, cast

import typer

from rag.errors import QuestionError, RagError, SettingsError
from rag.ingestion import Progress
from rag.presentation import (
    NOT_FOUND_TEXT,
    answer_record,
    describe_confidence,
    passage_record,
    printable,
    report_lines,
    summary_record,
)
from rag.schema import (
    Answer,
    AnswerStatus,
    Article,
    ArticleSummary,
    Citation,
    Evidence,
    Filters,
    IngestReport,
    RankedPassage,
)

_NEAREST_SHOWN = 3
_DAY = ["%Y-%m-%d"]


class ExitCode(IntEnum):
    """What the exit code of a command says."""

    DONE = 0
    NOT_FOUND = 1
    BAD_INPUT = 2
    FAILED = 3
    FILES_LEFT_OUT = 4
    INTERRUPTED = 130
    NOBODY_READS = 141

    @classmethod
    def of(cls, error: RagError) -> ExitCode:
        """The exit code of a command that an error ended."""
        return cls.BAD_INPUT if isinstance(error, QuestionError | SettingsError) else cls.FAILED


class Checker(AbstractContextManager["Checker"], Protocol):
    """What the commands need of a FactChecker."""

    def ingest(self, folder: Path | None = None, *, progress: Progress | None = None) -> IngestReport:
        """Bring a folder into the index."""

    def ask(self, question: str, *, filters: Filters | None = None) -> Answer:
        """Answer a question."""

    def search(self, query: str, *, limit: int = 5) -> tuple[RankedPassage, ...]:
        """Rank passages."""

    def articles(self) -> tuple[ArticleSummary, ...]:
        """List the articles."""

    def article(self, article_id: str) -> Article:
        """Read an article."""


app = typer.Typer(
    help="Ask news articles a question: answers in their own words, cited to the character.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]
Words = Annotated[list[str], typer.Argument(metavar="QUESTION", help="The question, quoted or not.")]
From = Annotated[
    datetime.datetime | None,
    typer.Option("--from", formats=_DAY, metavar="YYYY-MM-DD", help="Only articles from this day on."),
]
To = Annotated[
    datetime.datetime | None,
    typer.Option("--to", formats=_DAY, metavar="YYYY-MM-DD", help="Only articles up to this day."),
]


def main(arguments: Sequence[str] | None = None, *, open_checker: Callable[[], Checker] | None = None) -> int:
    """Run one command and return its exit code; `arguments` without the program's name.

    `open_checker` opens the index in place of `FactChecker.open`.
    """
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    try:
        code = _run(arguments, open_checker or _open_default)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        return _nobody_reads()
    except OSError as error:
        _nobody_reads()
        _complain(f"The output can't be written: {error.strerror or error}.")
        return ExitCode.FAILED
    return _interrupted() if code == ExitCode.INTERRUPTED else code


def _run(arguments: Sequence[str] | None, open_checker: Callable[[], Checker]) -> int:
    command = typer.main.get_command(app)
    try:
        code = command.main(
            args=list(sys.argv[1:] if arguments is None else arguments) or ["--help"],
            prog_name="python -m rag",
            standalone_mode=False,
            obj=open_checker,
        )
        return int(code or 0)
    except typer.TyperException as error:
        _complain(f"{error.format_message()}\nTry 'python -m rag --help'.")
        return ExitCode.BAD_INPUT
    except RagError as error:
        _complain(str(error))
        return ExitCode.of(error)
    except SystemExit as error:  # typer's way to say that the pipe is closed
        raise BrokenPipeError from error


@app.command()
def ingest(
    run: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="The folder; without it, RAG_CORPUS_DIR or 'corpus'.")
    ] = None,
) -> ExitCode:
    """Bring a folder of articles into the index: what is new, changed or gone, and nothing else."""
    with _opened(run) as checker:
        report = _ingest(checker, folder)
    for line in report_lines(report):
        typer.echo(printable(line))
    return ExitCode.FILES_LEFT_OUT if report.failed else ExitCode.DONE


@app.command()
def ask(
    run: typer.Context,
    question: Words,
    *,
    as_json: Json = False,
    source: Annotated[list[str] | None, typer.Option(help="Only this outlet; may be repeated.")] = None,
    author: Annotated[list[str] | None, typer.Option(help="Only this author; may be repeated.")] = None,
    earliest: From = None,
    latest: To = None,
) -> int:
    """Answer a question with sentences of the articles, or say that they don't say."""
    filters = Filters(
        sources=tuple(source or ()),
        authors=tuple(author or ()),
        published_from=earliest.date() if earliest else None,
        published_to=latest.date() if latest else None,
    )
    with _filled(run) as checker:
        answer = checker.ask(" ".join(question), filters=filters)
        if as_json:
            _print_json(answer_record(answer, checker.article))
        else:
            _print_answer(answer, checker.article)
    return ExitCode.DONE if answer.status is AnswerStatus.ANSWERED else ExitCode.NOT_FOUND


@app.command()
def search(
    run: typer.Context,
    query: Words,
    *,
    limit: Annotated[int, typer.Option(min=1, help="The most passages.")] = 5,
    as_json: Json = False,
) -> int:
    """Print the passages that are nearest to a query, best first."""
    with _filled(run) as checker:
        ranking = checker.search(" ".join(query), limit=limit)
    if as_json:
        _print_json([passage_record(ranked) for ranked in ranking])
        return ExitCode.DONE if ranking else ExitCode.NOT_FOUND
    for ranked in ranking:
        passage = ranked.passage
        typer.echo(printable(f"{ranked.rank}. {_one_line(ranked.title)}"))
        typer.echo(f"   characters {passage.start} to {passage.end}, score {ranked.score:.3f}")
        typer.echo(_quoted(passage.text.strip()) + "\n")
    return ExitCode.DONE if ranking else ExitCode.NOT_FOUND


@app.command()
def articles(run: typer.Context, as_json: Json = False) -> int:
    """List the articles of the index."""
    with _opened(run) as checker:
        summaries = checker.articles()
    if as_json:
        _print_json([summary_record(summary) for summary in summaries])
        return ExitCode.DONE
    for summary in summaries:
        typer.echo(printable(f"{summary.id}  {_one_line(summary.title)}"))
        origin = _origin(summary.source, summary.author, summary.published)
        typer.echo(printable(f"    {origin}, {_count(summary.passages, 'passage')}"))
    _say(f"{_count(len(summaries), 'article')} in the index.")
    return ExitCode.DONE


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address; without it, RAG_HOST or 127.0.0.1.")] = "",
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port; without it, RAG_PORT or 7860.")
    ] = None,
) -> int:
    """Serve the web page."""
    from rag.settings import Settings

    page = Path(__file__).resolve().parent.parent / "app.py"
    if not page.is_file():
        raise SettingsError(
            f"The web page's program {page} isn't there: it comes with the source, not with the package. "
            f"Run this from a copy of the source."
        )
    given = {"host": host or None, "port": port}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    # The page is built on this package, so it is run, not imported.
    sys.path.insert(0, str(page.parent))
    runpy.run_path(str(page))["run"](settings)
    return ExitCode.DONE


def _open_default() -> Checker:
    from rag.pipeline import FactChecker

    return FactChecker.open()


def _opened(run: typer.Context) -> Checker:
    return cast(Callable[[], Checker], run.obj)()


@contextmanager
def _filled(run: typer.Context) -> Iterator[Checker]:
    """The index, filled from the corpus folder if it is empty: the first question just works."""
    with _opened(run) as checker:
        if not checker.articles():
            _say("The index is empty: ingesting the articles first.")
            for line in report_lines(_ingest(checker, None)):
                _say(line)
        yield checker


def _ingest(checker: Checker, folder: Path | None) -> IngestReport:
    if not sys.stderr.isatty():
        return checker.ingest(folder)
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    name = TextColumn("{task.description}", markup=False)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), name)
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int, file: str) -> None:
            bar.update(task, completed=done, total=total, description=printable(_one_line(file)))

        return checker.ingest(folder, progress=show)


def _print_answer(answer: Answer, article: Callable[[str], Article]) -> None:
    if answer.status is AnswerStatus.ANSWERED:
        typer.echo(printable(answer.text) + "\n")
        for citation in answer.citations:
            _print_source(f"[{citation.number}]", citation, citation.quote, article)
    else:
        typer.echo(NOT_FOUND_TEXT)
        nearest = answer.evidence[:_NEAREST_SHOWN]
        if nearest:
            typer.echo("No sentence answers this surely enough. The nearest passages:\n")
        for evidence in nearest:
            _print_source("-", evidence, evidence.text, article)
    typer.echo(describe_confidence(answer))


def _print_source(
    mark: str, cited: Citation | Evidence, quote: str, article: Callable[[str], Article]
) -> None:
    source = article(cited.article_id)
    origin = _origin(source.source, source.author, source.published)
    typer.echo(printable(f"{mark} {_one_line(cited.title)}"))
    typer.echo(printable(f"    {origin}, characters {cited.start} to {cited.end}"))
    typer.echo(_quoted(quote) + "\n")


def _quoted(text: str) -> str:
    return textwrap.indent(printable(text), "    > ", lambda line: True)


def _origin(source: str, author: str, published: datetime.date | None) -> str:
    day = published.isoformat() if published else "no date"
    return _one_line(", ".join(part for part in (source or "unknown source", author, day) if part))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _print_json(record: Any) -> None:
    # ASCII holds every character exactly, whatever the terminal's encoding, and none that steers it.
    typer.echo(json.dumps(record, indent=2, ensure_ascii=True))


def _say(text: str) -> None:
    typer.echo(printable(text), err=True)


def _complain(text: str) -> None:
    _say(f"Error: {text}")


def _interrupted() -> int:
    _say("Interrupted. What was done until now is kept.")
    return ExitCode.INTERRUPTED


def _nobody_reads() -> int:
    # Python flushes standard output once more when it ends, and would complain then.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.NOBODY_READS
