"""Write weak supervision for the reader: `python -m training.weak --data FOLDER --out FILE.jsonl`."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from training.reading import (
    Example,
    read_fairytale_examples,
    read_sources,
    read_squad_examples,
    write_examples,
)
from training.weak import Parser, generate


def main() -> None:
    """Generate, write, and print how many of each kind there are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="the folder that training/README.md describes"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--parses", type=Path, help="a file to keep parses in; the next run starts from it")
    given = parser.parse_args()
    human = read_fairytale_examples(given.data)
    human += read_squad_examples(given.data / "train/covid-qa.json", kind="covid")
    sources = read_sources(given.data)
    counts: Counter[tuple[str, bool]] = Counter()
    made = generate(sources, human=human, seed=given.seed, parser=Parser(given.parses))
    unfinished = given.out.with_name(given.out.name + ".tmp")
    write_examples(unfinished, _counted(made, counts))
    unfinished.replace(given.out)
    for kind in sorted({kind for kind, _ in counts}):
        print(f"{kind:15} {counts[kind, True]:7,} answered {counts[kind, False]:7,} not")
    answered = sum(n for (_, answered), n in counts.items() if answered)
    print(f"{'all':15} {answered:7,} answered {counts.total() - answered:7,} not")


def _counted(examples: Iterable[Example], counts: Counter[tuple[str, bool]]) -> Iterator[Example]:
    for example in examples:
        counts[example.kind, bool(example.answers)] += 1
        yield example


if __name__ == "__main__":
    main()
