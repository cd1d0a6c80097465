"""What is measured from outside: how long commands take to start, and how much memory they hold."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.figures import Figure

ROOT = Path(__file__).parents[1]
QUESTION = "What restrictions remain?"
COLD_START_TARGET_S = 4.0
MEMORY_TARGET_MB = 500.0
_RUNS = 5
_PATIENCE_S = 120.0


def measure_cold_start(folder: Path) -> list[Figure]:
    """`python -m rag ask` from its start to its end, on an index of the article in corpus/."""
    environment = _environment(folder / "index")
    _run(["-m", "rag", "ingest", "corpus"], environment)
    _run(["-m", "rag", "ask", QUESTION], environment)
    seconds = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        printed = _run(["-m", "rag", "ask", QUESTION], environment)
        seconds.append(time.perf_counter() - began)
    if "[1]" not in printed:
        raise RuntimeError(f"the question was not answered: {printed}")
    return [
        Figure(
            label=f'`python -m rag ask "{QUESTION}"`, start to end',
            value=statistics.median(seconds),
            unit="s",
            digits=2,
            target=COLD_START_TARGET_S,
            note=f"median of {_RUNS}, {min(seconds):.2f} to {max(seconds):.2f}; files in the disk cache",
        )
    ]


def measure_app_start(folder: Path) -> list[Figure]:
    """`python app.py` to its first healthy response: with an empty index, and with a full one."""
    if not (ROOT / "app.py").exists():
        return [Figure(label="`python app.py`", value=None, unit="s", note="there is no app.py")]
    first = _app_start(_environment(folder / "app-index"))
    again = _app_start(_environment(folder / "app-index"))
    label = "`python app.py` to its first healthy response"
    return [
        Figure(label=f"{label}, first start (indexes corpus/)", value=first, unit="s", digits=1),
        Figure(label=f"{label}, later", value=again, unit="s", digits=1),
    ]


def _app_start(environment: Mapping[str, str]) -> float | None:
    port = _free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**environment, "RAG_PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - began < _PATIENCE_S and process.poll() is None:
            if _is_healthy(f"http://127.0.0.1:{port}/healthz"):
                return time.perf_counter() - began
            time.sleep(0.02)
        return None
    finally:
        process.terminate()
        process.wait(timeout=30)


def _is_healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def measure_memory(
    folder: Path, *, corpus: Path, index: Path, name: str, questions: Sequence[str]
) -> list[Figure]:
    """The peak of a process that ingests `corpus`, and of one that asks `index`, which `name` describes."""
    asked = "\n".join(questions)
    ingest = _run(
        ["-m", "benchmarks.worker", "ingest", str(corpus)], _environment(folder / "memory-index"), stdin=asked
    )
    ask = _run(["-m", "benchmarks.worker", "ask"], _environment(index), stdin=asked)
    return [
        Figure(
            label="peak memory: a folder ingested, then questions",
            value=int(ingest) / 1e6,
            unit="MB",
            target=MEMORY_TARGET_MB,
        ),
        Figure(
            label=f"peak memory: questions, {name}",
            value=int(ask) / 1e6,
            unit="MB",
            target=MEMORY_TARGET_MB,
        ),
    ]


def _environment(index: Path) -> dict[str, str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("RAG_")}
    return own | {"RAG_INDEX_DIR": str(index)}


def _run(arguments: Sequence[str], environment: Mapping[str, str], *, stdin: str = "") -> str:
    finished = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)} failed: {finished.stderr.strip() or finished.stdout}")
    return finished.stdout
