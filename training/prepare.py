"""Writes what the reader is trained on and what it is asked to read, as JSON lines in a work folder.

    python -m training.prepare --data FOLDER --work WORK

`pretraining.jsonl` has the questions of FairytaleQA and COVID-QA, and those generated from their texts and
from Fool Me Twice's, drawn so that shared words do not tell which are answered. `squad.jsonl` has SQuAD's
questions, `varied.jsonl` the same changed so that most are not answered, and `asked.jsonl` each of SQuAD's
with every passage that the retrieval finds for it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from training.datasets import SQUAD
from training.ranker import all_askings
from training.reading import (
    ask_elsewhere,
    balanced,
    read_fairytale_examples,
    read_sources,
    read_squad_examples,
    write_examples,
)
from training.readings import ToRead, distinct, to_read, write_to_read
from training.weak import generate, vary

ELSEWHERE = 0.5  # of the human questions, asked of another passage as well


def all_to_read(data: Path) -> list[ToRead]:
    """Every question of the SQuAD file with every passage found for it in any corpus it is asked of."""
    return distinct(
        to_read(asking.question, candidate.passage, asking.titles[candidate.passage.article_id])
        for asking in all_askings(data)
        for candidate in asking.found
    )


def main() -> None:
    """Prepare a work folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of the public data sets")
    parser.add_argument("--work", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    data, work = arguments.data, arguments.work
    work.mkdir(parents=True, exist_ok=True)
    human = read_fairytale_examples(data)
    human += read_squad_examples(data / "train/covid-qa.json", kind="covid")
    weak = generate(read_sources(data), human=human, seed=arguments.seed)
    elsewhere = ask_elsewhere(human, share=ELSEWHERE, seed=arguments.seed)
    pretraining = balanced([*human, *elsewhere, *weak], seed=arguments.seed)
    squad = read_squad_examples(data / SQUAD, kind="squad")
    counts = {
        "pretraining.jsonl": write_examples(work / "pretraining.jsonl", pretraining),
        "squad.jsonl": write_examples(work / "squad.jsonl", squad),
        "varied.jsonl": write_examples(work / "varied.jsonl", vary(squad, seed=arguments.seed)),
    }
    counts["asked.jsonl"] = write_to_read(work / "asked.jsonl", all_to_read(data))
    print(json.dumps(counts, indent=1))


if __name__ == "__main__":
    main()
