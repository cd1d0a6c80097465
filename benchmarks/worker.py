"""A process of its own whose memory is measured: `python -m benchmarks.worker ingest FOLDER` or `ask`.

Prints the most memory it ever held, in bytes. The index is where RAG_INDEX_DIR says.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_bytes() -> int:
    """The largest resident set of this process so far.

    getrusage also counts what the parent held when it started this process, so Linux's own figure is
    taken where there is one.
    """
    if _STATUS.exists():
        fields = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines() if ":" in line)
        return int(fields["VmHWM"].split()[0]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main(arguments: list[str]) -> int:
    """Do what the arguments say and print the peak."""
    from rag import FactChecker

    questions = sys.stdin.read().splitlines()
    with FactChecker.open() as checker:
        if arguments[0] == "ingest":
            checker.ingest(arguments[1])
        for question in questions:
            checker.ask(question)
    print(peak_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
