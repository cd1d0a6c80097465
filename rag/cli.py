"""The command line: `python -m rag ingest / ask / check / verify / search / articles / serve`.

Exit codes: 0 done (`check`: the articles say something, be it for or against; `verify`: nothing changed);
1 the articles don't say (`verify`: something changed); 2 wrong usage, question, claim, dossier or setting;
3 the index, the articles or a model can't be used; 4 the ingest left files out; 130 interrupted; 141 nobody
reads the output.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from rag._console import (
    Authors,
    Checker,
    ExitCode,
    From,
    Json,
    Sources,
    To,
    Words,
    complain,
    count,
    filled,
    filters_of,
    ingest_articles,
    open_default,
    opened,
    print_json,
    print_nearest,
    print_source,
    quoted,
    say,
    typed_lines,
)
from rag._phrases import describe_origin, one_line
from rag.cli_checks import check, verify
from rag.errors import QuestionError, RagError, SettingsError
from rag.presentation import (
    NOT_FOUND_TEXT,
    answer_record,
    describe_confidence,
    describe_writing,
    passage_record,
    printable,
    report_lines,
    said_by,
    summary_record,
    trace_lines,
)
from rag.schema import Answer, AnswerStatus, Article

__all__ = ["Checker", "ExitCode", "app", "main"]

app = typer.Typer(
    help="Ask news articles a question, or check a claim: in their own words, cited to the character.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main(arguments: Sequence[str] | None = None, *, open_checker: Callable[[], Checker] | None = None) -> int:
    """Run one command and return its exit code; `arguments` without the program's name.

    `open_checker` opens the index in place of `FactChecker.open`.
    """
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    try:
        code = _run(arguments, open_checker or open_default)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        return _nobody_reads()
    except OSError as error:
        _nobody_reads()
        complain(f"The output can't be written: {error.strerror or error}.")
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
        complain(f"{error.format_message()}\nTry 'python -m rag --help'.")
        return ExitCode.BAD_INPUT
    except RagError as error:
        complain(str(error))
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
    with opened(run) as checker:
        report = ingest_articles(checker, folder)
    for line in report_lines(report):
        typer.echo(printable(line))
    return ExitCode.FILES_LEFT_OUT if report.failed else ExitCode.DONE


@app.command()
def ask(
    run: typer.Context,
    question: Annotated[
        list[str] | None, typer.Argument(metavar="QUESTION", help="The question, quoted or not.")
    ] = None,
    *,
    as_json: Json = False,
    chat: Annotated[
        bool, typer.Option("--chat", help="Go on asking, a question a line; follow-ups are understood.")
    ] = False,
    trace: Annotated[bool, typer.Option("--trace", help="Print the steps, their times and tokens.")] = False,
    source: Sources = None,
    author: Authors = None,
    earliest: From = None,
    latest: To = None,
) -> int:
    """Answer a question with sentences of the articles, or say that they don't say."""
    first = " ".join(question or ())
    if not first and not chat:
        raise typer.BadParameter("There is no question. Write one, or use --chat to be asked for them.")
    filters = filters_of(source, author, earliest, latest)
    code = ExitCode.DONE
    with filled(run) as checker:
        talk = checker.conversation()
        for typed in chain([first] if first else [], typed_lines() if chat else ()):
            try:
                answer = _answered(talk.stream(typed, filters=filters), checker.article, as_json=as_json)
            except QuestionError as error:
                if not chat:
                    raise
                complain(str(error))
                continue
            for line in trace_lines(answer) if trace else ():
                say(line)
            code = ExitCode.DONE if answer.status is AnswerStatus.ANSWERED else ExitCode.NOT_FOUND
    return code


app.command()(check)
app.command()(verify)


@app.command()
def search(
    run: typer.Context,
    query: Words,
    *,
    limit: Annotated[int, typer.Option(min=1, help="The most passages.")] = 5,
    as_json: Json = False,
) -> int:
    """Print the passages that are nearest to a query, best first."""
    with filled(run) as checker:
        ranking = checker.search(" ".join(query), limit=limit)
    if as_json:
        print_json([passage_record(ranked) for ranked in ranking])
        return ExitCode.DONE if ranking else ExitCode.NOT_FOUND
    for ranked in ranking:
        passage = ranked.passage
        typer.echo(printable(f"{ranked.rank}. {one_line(ranked.title)}"))
        typer.echo(f"   characters {passage.start} to {passage.end}, score {ranked.score:.3f}")
        typer.echo(quoted(passage.text.strip()) + "\n")
    return ExitCode.DONE if ranking else ExitCode.NOT_FOUND


@app.command()
def articles(run: typer.Context, as_json: Json = False) -> int:
    """List the articles of the index."""
    with opened(run) as checker:
        summaries = checker.articles()
    if as_json:
        print_json([summary_record(summary) for summary in summaries])
        return ExitCode.DONE
    for summary in summaries:
        typer.echo(printable(f"{summary.id}  {one_line(summary.title)}"))
        origin = describe_origin(summary.source, summary.author, summary.published)
        typer.echo(printable(f"    {origin}, {count(summary.passages, 'passage')}"))
    say(f"{count(len(summaries), 'article')} in the index.")
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


def _answered(growing: Iterator[Answer], article: Callable[[str], Article], *, as_json: bool) -> Answer:
    """Print an answer, what a chat model writes of it as soon as it holds; the whole one."""
    printed = 0
    for place, answer in enumerate(growing):
        if as_json:
            continue
        if answer.typed and not place:
            typer.echo(printable(f"Asked as: {answer.question}\n"))
        if answer.writing is not None and answer.writing.used:
            for statement in answer.statements[printed:]:
                typer.echo(printable(statement.marked))
            printed = len(answer.statements)
    if as_json:
        print_json(answer_record(answer, article))
    else:
        _print_answer(answer, article, printed=bool(printed))
    return answer


def _print_answer(answer: Answer, article: Callable[[str], Article], *, printed: bool) -> None:
    """Print the whole answer, its text only if that isn't `printed` yet."""
    if answer.status is AnswerStatus.ANSWERED:
        typer.echo("" if printed else printable(answer.text) + "\n")
        for citation in answer.citations:
            notes = [said] if (said := said_by(citation)) else []
            print_source(f"[{citation.number}]", citation, citation.quote, article, notes=notes)
    else:
        typer.echo(NOT_FOUND_TEXT)
        print_nearest("No sentence answers this surely enough.", answer.evidence, article)
    for rejected in answer.writing.rejected if answer.writing is not None else ():
        typer.echo(printable(f"[not borne out] {rejected.text}"))
        typer.echo(printable(f"    {rejected.reason}\n"))
    if told := describe_writing(answer):
        typer.echo(printable(told))
    typer.echo(describe_confidence(answer))


def _interrupted() -> int:
    say("Interrupted. What was done until now is kept.")
    return ExitCode.INTERRUPTED


def _nobody_reads() -> int:
    # Python flushes standard output once more when it ends, and would complain then.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.NOBODY_READS
