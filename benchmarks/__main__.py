"""`python -m benchmarks`: measure, print a table, write docs/performance.md."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.figures import Figure
from benchmarks.inprocess import Tell, fiction_questions, measure_corpus
from benchmarks.installed import measure_installed
from benchmarks.processes import ROOT, measure_app_start, measure_cold_start, measure_memory
from benchmarks.reading import measure_reading
from benchmarks.report import markdown, print_table

_MEMORY_QUESTIONS = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every benchmark."""
    options = _parser().parse_args(arguments)
    console = Console()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, console.status("") as status:
        figures = _measure(sorted(options.passages), Path(name), status.update)
    print_table(figures, console)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(markdown(figures, load=load), encoding="utf-8")
    console.print(f"Written: {options.output}")
    return 0


def _measure(sizes: Sequence[int], folder: Path, tell: Tell) -> list[Figure]:
    tell("starting `python -m rag ask`")
    figures = measure_cold_start(folder / "cold")
    tell("starting `python app.py`")
    figures += measure_app_start(folder / "app")
    for size in sizes:
        figures += measure_corpus(size, folder / str(size), tell)
    tell("reading")
    figures += measure_reading(folder / str(sizes[-1]) / "index", fiction_questions())
    tell("measuring memory")
    figures += measure_memory(
        folder,
        corpus=folder / str(sizes[0 if len(sizes) == 1 else 1]) / "corpus",
        index=folder / str(sizes[-1]) / "index",
        name=f"{sizes[-1]:,} passages",
        questions=fiction_questions()[:_MEMORY_QUESTIONS],
    )
    return figures + measure_installed()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--passages", type=int, nargs="+", default=[1, 300, 3000], help="corpus sizes")
    parser.add_argument(
        "--output", type=Path, default=ROOT / "docs" / "performance.md", help="the Markdown file to write"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
