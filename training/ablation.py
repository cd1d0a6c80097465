"""What each kind of the reader's training data is worth, and what more of it would be.

    python -m training.ablation human --work WORK   # pretraining on what people asked: WORK/human.pt
    python -m training.ablation kinds --work WORK   # from there, without each generated kind in turn
    python -m training.ablation data --work WORK    # pretraining on an eighth, a quarter, half of the data
    python -m training.ablation squad --work WORK --fold 0   # a quarter, half, all of SQuAD, and it alone

The first three ask SQuAD's questions of a reader that never saw one of them, the last those of the fold that
it did not see; each on the passage that it was written for. `kinds` trains on equally many examples each
time, so that what is left out is replaced by more of the rest; it starts from the human questions, for a few
thousand examples by themselves teach nothing. Lines of JSON are printed as they come, with the figures of
`training.measures`. `human` may run on several processes, as `training.reader` does.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from rag.cross_encoder import pair
from training.loop import Training, join_processes, rank
from training.measures import own_passage_figures
from training.model import ReaderModel, batches, item, loss, read, reader_tokenizer
from training.reader import PRETRAIN_RATE, fitted, fold_of
from training.reading import Example, read_examples

HUMAN = ("fairytale", "covid", "elsewhere")
HUMAN_FILE = "human.pt"
SHARES = (0.125, 0.25, 0.5)
FIT_SHARES = (0.25, 0.5, 1.0)
ALONE = "alone"  # without pretraining


def measured(model: ReaderModel, examples: Sequence[Example]) -> dict[str, float]:
    """What a reader is worth on questions on their own passages."""
    tokenizer = reader_tokenizer()
    pairs = [pair(tokenizer, e.question, e.title, e.sentences) for e in examples]
    return own_passage_figures(examples, [reading.answers for reading in read(model, pairs)])


def trained(examples: Sequence[Example], *, seed: int, name: str, start: Path | None = None) -> ReaderModel:
    """A reader after one epoch of `examples`, from the weights in `start` if given."""
    torch.manual_seed(seed)
    tokenizer = reader_tokenizer()
    plan = batches([item(tokenizer, example) for example in examples], random.Random(seed))
    model = ReaderModel()
    if start is not None:
        model.load_state_dict(torch.load(start))
    Training(model, plan, loss=loss, rate=PRETRAIN_RATE, name=name).run()
    return model


def without_kinds(examples: Sequence[Example], *, count: int) -> Iterator[tuple[str, list[Example]]]:
    """The first `count` generated examples, and as many without each kind of them."""
    generated = [example for example in examples if example.kind not in HUMAN]
    for name in ["nothing", *sorted({example.kind for example in generated})]:
        kept = [example for example in generated if example.kind != name]
        if len(kept) < count:
            raise ValueError(f"without {name} only {len(kept)} of {count} examples are left")
        yield name, kept[:count]


@dataclass(frozen=True, kw_only=True)
class Run:
    """A reader to train, and the questions to measure it on."""

    name: str
    train: Callable[[], ReaderModel]
    asked: Sequence[Example]


def pretraining_runs(
    plans: Iterable[tuple[str, list[Example]]], squad: Sequence[Example], *, start: Path | None = None
) -> Iterator[Run]:
    """A run for each plan's examples, from the weights in `start`; all of SQuAD's questions are asked."""
    for name, examples in plans:
        train = partial(trained, examples, seed=0, name=name, start=start)
        yield Run(name=name, train=train, asked=squad)


def train_human(work: Path, examples: Sequence[Example], squad: Sequence[Example]) -> dict[str, float] | None:
    """Train on the human questions alone and write WORK/human.pt; its figures, in the first process."""
    model = trained([example for example in examples if example.kind in HUMAN], seed=0, name="human")
    if rank() != 0:
        return None
    torch.save(model.state_dict(), work / HUMAN_FILE)
    return measured(model, squad)


def squad_runs(work: Path, squad: Sequence[Example], *, fold: int) -> Iterator[Run]:
    """A run for each share of SQuAD without the fold, whose questions are asked; the last not pretrained."""
    folds = fold_of(example.group for example in squad)
    own = [example for example in squad if folds[example.group] == fold]
    for share in FIT_SHARES:
        name = str(share)
        train = partial(fitted, work, fold=fold, seed=0, share=share, name=f"squad-{name}-{fold}")
        yield Run(name=name, train=train, asked=own)
    alone = partial(fitted, work, fold=fold, seed=0, pretrained=False, name=f"squad-{ALONE}-{fold}")
    yield Run(name=ALONE, train=alone, asked=own)


def main() -> None:
    """Train and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["human", "kinds", "data", "squad"])
    parser.add_argument("--work", type=Path, required=True, help="the folder that training.prepare wrote")
    parser.add_argument("--examples", type=int, default=2000, help="of kinds")
    parser.add_argument("--only", nargs="+", help="the runs to make, by name; all if not given")
    parser.add_argument("--fold", type=int, default=0, help="of squad")
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: its own choice")
    given = parser.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    squad = list(read_examples(given.work / "squad.jsonl"))
    if given.command == "squad":
        runs = squad_runs(given.work, squad, fold=given.fold)
    else:
        examples = list(read_examples(given.work / "pretraining.jsonl"))
        mixed = random.Random(0).sample(examples, len(examples))
        if given.command == "human":
            join_processes()
            if (found := train_human(given.work, mixed, squad)) is not None:
                print(json.dumps({"of": "human alone"} | found), flush=True)
            return
        if given.command == "kinds":
            plans = without_kinds(mixed, count=given.examples)
            runs = pretraining_runs(plans, squad, start=given.work / HUMAN_FILE)
        else:
            runs = pretraining_runs(
                ((str(share), mixed[: int(share * len(mixed))]) for share in SHARES), squad
            )
    for run in runs:
        if given.only is None or run.name in given.only:
            print(json.dumps({"of": run.name} | measured(run.train(), run.asked)), flush=True)


if __name__ == "__main__":
    main()
