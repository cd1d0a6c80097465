"""The web page: `python app.py` indexes the articles that are new or changed, and serves the chat."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from rag.cli import ExitCode
from rag.errors import CorpusError, IndexBusyError, RagError
from rag.presentation import printable, report_lines
from rag.settings import Settings
from web.listening import is_loopback, listen, url_of

if TYPE_CHECKING:
    from rag.pipeline import FactChecker


def main() -> int:
    """Run the page until it is interrupted; the exit codes are those of `python -m rag`."""
    try:
        run(Settings())
    except RagError as error:
        say(f"Error: {error}", to=sys.stderr)
        return ExitCode.of(error)
    except KeyboardInterrupt:
        pass
    say("Presscheck has stopped.")
    return ExitCode.INTERRUPTED


def run(settings: Settings) -> None:
    """Open the address, bring the articles into the index, and serve the page."""
    # 1. The address first: a port in use is told before anything slow happens.
    with listen(settings) as listener:
        if not is_loopback(listener):
            say(
                f"Warning: {settings.host} is not this machine only. Everyone in the network can open the "
                f"page, ask, and read the articles. Set RAG_HOST=127.0.0.1 to keep it to yourself.",
                to=sys.stderr,
            )
        # 2. The articles.
        from rag.pipeline import FactChecker

        with FactChecker.open(settings) as checker:
            bring_in_articles(checker)
            checker.prepare()
            # 3. The page.
            from web.server import build_app, serve

            app = build_app(checker)
            say(f"Presscheck is ready: {url_of(listener)}  (Ctrl-C stops it)")
            serve(app, listener)


def bring_in_articles(checker: FactChecker) -> None:
    """Ingest the corpus folder; where that can't be done, go on with the articles that are in the index.

    Raises CorpusError or IndexBusyError when there are none.
    """
    say(f"Reading the articles in {checker.settings.corpus_dir} ...")
    try:
        report = checker.ingest()
    except (CorpusError, IndexBusyError) as error:
        if not checker.articles():
            raise
        say(f"Warning: {error} The page goes on with the articles in the index.", to=sys.stderr)
        return
    for line in report_lines(report):
        say(line)


def say(text: str, *, to: TextIO | None = None) -> None:
    """Tell the person at the terminal; on standard output unless told otherwise."""
    stream = to or sys.stdout
    stream.write(printable(text) + "\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
