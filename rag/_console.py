"""What the commands share: their exit codes and options, the index they open, and how they print."""

from __future__ import annotations

import datetime
import json
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, Protocol, cast

import typer

from rag._phrases import describe_origin, one_line
from rag.errors import DossierError, QuestionError, RagError, SettingsError
from rag.ingestion import Progress
from rag.presentation import printable, report_lines
from rag.schema import (
    Answer,
    Article,
    ArticleSummary,
    Citation,
    ClaimCheck,
    DossierReport,
    Evidence,
    Filters,
    IngestReport,
    RankedPassage,
)

_NEAREST_SHOWN = 3
_BAD_INPUT = (QuestionError, DossierError, SettingsError)
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
        return cls.BAD_INPUT if isinstance(error, _BAD_INPUT) else cls.FAILED


class Asking(Protocol):
    """What the commands need of a Conversation."""

    def stream(self, question: str, *, filters: Filters | None = None) -> Iterator[Answer]:
        """Answer a question, or what it means after those before, as the answer grows."""


class Checker(AbstractContextManager["Checker"], Protocol):
    """What the commands need of a FactChecker."""

    def ingest(self, folder: Path | None = None, *, progress: Progress | None = None) -> IngestReport:
        """Bring a folder into the index."""

    def conversation(self) -> Asking:
        """Begin a conversation."""

    def check(self, claim: str, *, filters: Filters | None = None) -> ClaimCheck:
        """Check a claim."""

    def verify(self, dossier: Mapping[str, Any]) -> DossierReport:
        """Compare a dossier with the index."""

    def search(self, query: str, *, limit: int = 5) -> tuple[RankedPassage, ...]:
        """Rank passages."""

    def articles(self) -> tuple[ArticleSummary, ...]:
        """List the articles."""

    def article(self, article_id: str) -> Article:
        """Read an article."""


Json = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]
Sources = Annotated[list[str] | None, typer.Option(help="Only this outlet; may be repeated.")]
Authors = Annotated[list[str] | None, typer.Option(help="Only this author; may be repeated.")]
Words = Annotated[list[str], typer.Argument(metavar="QUESTION", help="The question, quoted or not.")]
From = Annotated[
    datetime.datetime | None,
    typer.Option("--from", formats=_DAY, metavar="YYYY-MM-DD", help="Only articles from this day on."),
]
To = Annotated[
    datetime.datetime | None,
    typer.Option("--to", formats=_DAY, metavar="YYYY-MM-DD", help="Only articles up to this day."),
]


def filters_of(
    sources: list[str] | None,
    authors: list[str] | None,
    earliest: datetime.datetime | None,
    latest: datetime.datetime | None,
) -> Filters:
    """The options as filters."""
    return Filters(
        sources=tuple(sources or ()),
        authors=tuple(authors or ()),
        published_from=earliest.date() if earliest else None,
        published_to=latest.date() if latest else None,
    )


def open_default() -> Checker:
    """The index that the settings name."""
    from rag.pipeline import FactChecker

    return FactChecker.open()


def opened(run: typer.Context) -> Checker:
    """The index of this run."""
    return cast(Callable[[], Checker], run.obj)()


@contextmanager
def filled(run: typer.Context) -> Iterator[Checker]:
    """The index, filled from the corpus folder if it is empty: the first question just works."""
    with opened(run) as checker:
        if not checker.articles():
            say("The index is empty: ingesting the articles first.")
            for line in report_lines(ingest_articles(checker, None)):
                say(line)
        yield checker


def ingest_articles(checker: Checker, folder: Path | None) -> IngestReport:
    """Ingest, with a progress bar where somebody sees it."""
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
            bar.update(task, completed=done, total=total, description=printable(one_line(file)))

        return checker.ingest(folder, progress=show)


def print_source(
    mark: str,
    cited: Citation | Evidence,
    quote: str,
    article: Callable[[str], Article],
    *,
    notes: Sequence[str] = (),
) -> None:
    """One quote: title, source, place, the notes on it, a line for each, the words."""
    source = article(cited.article_id)
    origin = describe_origin(source.source, source.author, source.published)
    typer.echo(printable(f"{mark} {one_line(cited.title)}"))
    typer.echo(printable(f"    {origin}, characters {cited.start} to {cited.end}"))
    for note in notes:
        typer.echo(printable(f"    {one_line(note)}"))
    typer.echo(quoted(quote) + "\n")


def print_nearest(why: str, evidence: Sequence[Evidence], article: Callable[[str], Article]) -> None:
    """The nearest passages, if there are any, after why there is nothing better."""
    nearest = evidence[:_NEAREST_SHOWN]
    if nearest:
        typer.echo(f"{why} The nearest passages:\n")
    for each in nearest:
        print_source("-", each, each.text, article)


def quoted(text: str) -> str:
    """The text as a quotation, safe for a terminal."""
    return textwrap.indent(printable(text), "    > ", lambda line: True)


def typed_lines() -> Iterator[str]:
    """What is typed, or piped in, a line at a time until its end; empty lines are left out."""
    waiting = sys.stdin.isatty()
    while True:
        if waiting:
            typer.echo("> ", nl=False, err=True)
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line.strip()


def count(number: int, noun: str) -> str:
    """A number of things in words."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def print_json(record: Any) -> None:
    """Print a record as JSON."""
    # ASCII holds every character exactly, whatever the terminal's encoding, and none that steers it.
    typer.echo(json.dumps(record, indent=2, ensure_ascii=True))


def say(text: str) -> None:
    """Tell people something, beside the output."""
    typer.echo(printable(text), err=True)


def complain(text: str) -> None:
    """Tell people what went wrong."""
    say(f"Error: {text}")
