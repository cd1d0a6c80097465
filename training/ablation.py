"""What each kind of the reader's training data is worth, and what more of it would be.

    python -m training.ablation kinds --work WORK   # pretraining without each kind of data in turn
    python -m training.ablation data --work WORK    # pretraining on an eighth, a quarter, half of the data
    python -m training.ablation squad --work WORK --fold 0   # fitting on a quarter, half and all of SQuAD

The first two ask SQuAD's questions of a reader that never saw one of them, the last those of the fold that
it did not see; each on the passage that it was written for. `kinds` trains on equally many examples each
time, so that what is left out is replaced by more of the rest. Lines of JSON are printed as they come, with
the figures of `training.measures`.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from rag.reader import pair
from training.loop import Training
from training.measures import own_passage_figures
from training.model import ReaderModel, batches, item, loss, read, reader_tokenizer
from training.reader import PRETRAIN_RATE, fitted, fold_of
from training.reading import Example, read_examples

HUMAN = ("fairytale", "covid", "elsewhere")
SHARES = (0.125, 0.25, 0.5)
FIT_SHARES = (0.25, 0.5, 1.0)


def measured(model: ReaderModel, examples: Sequence[Example]) -> dict[str, float]:
    """What a reader is worth on questions on their own passages."""
    tokenizer = reader_tokenizer()
    pairs = [pair(tokenizer, e.question, e.title, e.sentences) for e in examples]
    return own_passage_figures(examples, [reading.answers for reading in read(model, pairs)])


def trained(examples: Sequence[Example], *, seed: int, name: str) -> ReaderModel:
    """A reader after one epoch of `examples`."""
    torch.manual_seed(seed)
    tokenizer = reader_tokenizer()
    plan = batches([item(tokenizer, example) for example in examples], random.Random(seed))
    model = ReaderModel()
    Training(model, plan, loss=loss, rate=PRETRAIN_RATE, name=name).run()
    return model


def without_kinds(examples: Sequence[Example], *, count: int) -> Iterator[tuple[str, list[Example]]]:
    """`count` of the examples, and as many without each kind; human questions count as one kind."""
    mixed = random.Random(0).sample(examples, len(examples))
    kinds = sorted({example.kind for example in examples} - set(HUMAN))
    for name in ["nothing", "human", *kinds]:
        gone = HUMAN if name == "human" else (name,)
        kept = [example for example in mixed if example.kind not in gone]
        if len(kept) < count:
            raise ValueError(f"without {name} only {len(kept)} of {count} examples are left")
        yield name, kept[:count]


def main() -> None:
    """Train and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["kinds", "data", "squad"])
    parser.add_argument("--work", type=Path, required=True, help="the folder that training.prepare wrote")
    parser.add_argument("--examples", type=int, default=4000, help="of kinds")
    parser.add_argument("--only", nargs="+", help="kinds to leave out, or shares; all if not given")
    parser.add_argument("--fold", type=int, default=0, help="of squad")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: its own choice")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    work, seed = arguments.work, arguments.seed
    squad = list(read_examples(work / "squad.jsonl"))
    wanted = set(arguments.only or ())
    if arguments.command == "squad":
        folds = fold_of(example.group for example in squad)
        own = [example for example in squad if folds[example.group] == arguments.fold]
        for share in FIT_SHARES:
            if not wanted or str(share) in wanted:
                name = f"{share} of SQuAD, fold {arguments.fold}"
                model = fitted(work, fold=arguments.fold, seed=seed, share=share, name=name)
                _print(name, measured(model, own))
        return
    examples = list(read_examples(work / "pretraining.jsonl"))
    if arguments.command == "kinds":
        plans = without_kinds(examples, count=arguments.examples)
    else:
        mixed = random.Random(seed).sample(examples, len(examples))
        plans = ((str(share), mixed[: int(share * len(mixed))]) for share in SHARES)
    for name, chosen in plans:
        if not wanted or name in wanted:
            _print(name, measured(trained(chosen, seed=seed, name=name), squad))


def _print(name: str, figures: dict[str, float]) -> None:
    print(json.dumps({"of": name} | figures), flush=True)


if __name__ == "__main__":
    main()
