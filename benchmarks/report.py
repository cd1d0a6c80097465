"""The figures as a table on the screen and as docs/performance.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure

_PACKAGES = ("onnxruntime", "chromadb", "bm25s", "numpy", "gradio")
_CPU = Path("/proc/cpuinfo")
_METHOD = """
## How it is measured

- **Text.** Articles of twelve paragraphs, put together with a fixed seed from the sentences of the fictional
  articles in `evals/corpus/`, with half of the names and all of the digits exchanged.
- **Ingest.** `FactChecker.ingest` of a folder, from reading the files to the finished index. In between,
  after an article, the bare encoder goes over that article's passages, one at a time, with the other clock
  stopped: so both meet the same load, and the ratio means something on a busy machine as well.
- **A question.** `FactChecker.ask` in a warm process, for sixty questions of the evals. The note of the p50
  has the median milliseconds of each step. The first question after an ingest also prepares the index.
- **Reading.** The passages that the reader is given for each of those questions, out of the largest corpus,
  read with the question and, in between, encoded: so both meet the same load.
- **Start.** New processes, timed from outside: `ask` to its end, the page until `/healthz` answers.
- **Memory.** The largest resident set of a new process, as the kernel counts it. A MB is 1,000,000 bytes.
- **Index.** All files in the index's folder: vectors, texts, BM25 and token states."""


def print_table(figures: Sequence[Figure], console: Console) -> None:
    """Show every figure with its target."""
    table = Table(title="Presscheck's performance")
    for column in ("what", "measured", "target", "", "note"):
        table.add_column(column, justify="right" if column == "measured" else "left")
    for figure in figures:
        colour = {True: "green", False: "red", None: ""}[figure.reached]
        verdict = f"[{colour}]{figure.verdict}[/]" if colour else ""
        table.add_row(figure.label, figure.shown, figure.shown_target, verdict, figure.note)
    console.print(table)


def markdown(figures: Sequence[Figure], *, load: float) -> str:
    """docs/performance.md; `load` is how many processes wanted to run when the benchmarks began."""
    return "\n".join(_lines(figures, load)) + "\n"


def _lines(figures: Sequence[Figure], load: float) -> Iterator[str]:
    yield from (
        "# Performance",
        "",
        "Written by `python -m benchmarks`, which anyone can run: it needs no data but this repository.",
        "",
        f"- Processor: {_processor()}, {os.cpu_count()} cores",
        f"- Load when the run began: {load:.1f} processes (0 is an idle machine)",
        f"- {platform.system()}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
        "",
        "| what | measured | target | | note |",
        "|---|---:|---|---|---|",
    )
    for figure in figures:
        cells = (figure.label, figure.shown, figure.shown_target, figure.verdict, figure.note)
        yield f"| {' | '.join(cells)} |"
    yield _METHOD


def _processor() -> str:
    if _CPU.exists():
        for line in _CPU.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
