"""Trains the reading model: all-MiniLM-L6-v2 made into a cross-encoder that marks answering sentences.

    python -m training.prepare --data FOLDER --work WORK           # questions on passages, made and human
    python -m training.reader pretrain --work WORK                 # on everything but SQuAD
    python -m training.reader fit --work WORK --fold N --seed S    # then on SQuAD without fold N's articles
    python -m training.reader fit --work WORK --fold all           # or on all of it: the one that is shipped
    python -m training.reader gather --work WORK --seed S          # what each fold's reader says of its fold

Each command can be stopped and started again: it goes on from its last checkpoint. Matrices are multiplied
in bfloat16, weights are kept in float32. On a CPU one process a core is nearly twice as fast as one process
with as many threads: `torchrun --nproc-per-node 2 -m training.reader ... --threads 1`.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from rag.cross_encoder import pair
from training.loop import Training, join_processes, rank
from training.model import Item, ReaderModel, batches, item, loss, read, reader_tokenizer
from training.reading import Example, read_examples
from training.readings import Readings, ToRead, read_to_read

PRETRAIN_RATE = 1e-4
PRETRAIN_SEED = 0  # of the one that every fit starts from
FIT_RATE = 7e-5
FIT_EPOCHS = 2
FOLDS = 4
# For each question on its own passage:
NEGATIVES = 0.5  # retrieved passages without the answer
REMOVED = 0.15  # of the answered ones, the passage without the answer
VARIED = 0.5  # changed questions, or changed passages


def fold_of(groups: Iterable[str], folds: int = FOLDS) -> dict[str, int]:
    """The fold of each article: in alphabetical order, in turn."""
    return {group: place % folds for place, group in enumerate(sorted(set(groups)))}


def pretrain(work: Path, *, seed: int = PRETRAIN_SEED) -> None:
    """Train on human questions that are not SQuAD's and on generated ones; writes pretrained-SEED.pt."""
    torch.manual_seed(seed)
    tokenizer, rng = reader_tokenizer(), random.Random(seed)
    examples = read_examples(work / "pretraining.jsonl")
    plan = batches([item(tokenizer, example) for example in examples], rng)
    model = ReaderModel()
    name = f"pretrained-{seed}"
    Training(model, plan, loss=loss, rate=PRETRAIN_RATE, name=name).run(work / f"{name}.checkpoint")
    if rank() == 0:
        torch.save(model.state_dict(), work / f"{name}.pt")


@dataclass(frozen=True, kw_only=True)
class Questions:
    """SQuAD's questions on their own passages, on retrieved ones that do not answer, and both changed."""

    own: Sequence[Example]
    retrieved: Sequence[Example]
    varied: Sequence[Example]

    @classmethod
    def read(cls, work: Path, *, without: int | None, share: float = 1.0, seed: int = 0) -> Questions:
        """Those of the articles that are not in the fold `without`; of the questions, `share` (0 to 1)."""
        own = list(read_examples(work / "squad.jsonl"))
        folds = fold_of(example.group for example in own)
        own = [example for example in own if folds[example.group] != without]
        own = random.Random(seed).sample(own, int(share * len(own)))
        varied = [
            example
            for example in read_examples(work / "varied.jsonl")
            if folds[example.group] != without and example.kind != "removed"
        ]
        return cls(
            own=own,
            retrieved=retrieved_negatives(own, read_to_read(work / "asked.jsonl")),
            varied=random.Random(seed).sample(varied, int(share * len(varied))),
        )


def squad_epoch(questions: Questions, rng: random.Random) -> list[Example]:
    """Every question on its passage, some elsewhere or changed, some without the answering sentence."""
    others, removed = draw(questions, rng)
    rest = [without_answer(example) for example in removed]
    return [*questions.own, *others, *(example for example in rest if example.sentences)]


def draw(questions: Questions, rng: random.Random) -> tuple[list[Example], list[Example]]:
    """What an epoch has besides the questions on their own passages.

    First some elsewhere or changed; then those of the questions that lose their answering sentences.
    """
    counted = len(questions.own)
    others = rng.sample(questions.retrieved, min(len(questions.retrieved), int(NEGATIVES * counted)))
    others += rng.sample(questions.varied, min(len(questions.varied), int(VARIED * counted)))
    removed = [example for example in questions.own if example.answers and rng.random() < REMOVED]
    return others, removed


def without_answer(example: Example) -> Example:
    """The question on the rest of its passage, which does not answer it."""
    kept = tuple(s for n, s in enumerate(example.sentences) if n not in example.answers)
    return replace(example, sentences=kept, answers=(), spans=(), kind="removed")


def retrieved_negatives(examples: Sequence[Example], asked: Iterable[ToRead]) -> list[Example]:
    """The questions of `examples` on the passages found for them that are not their own."""
    own: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for example in examples:
        own.setdefault((example.group, example.question), set()).add(example.sentences)
    return [
        one.as_example("retrieved")
        for one in asked
        if one.sentences not in own.get((one.group, one.question), {one.sentences})
    ]


def fitted(
    work: Path, *, fold: int | None, seed: int, pretrained: bool = True, share: float = 1.0, name: str
) -> ReaderModel:
    """A reader trained on `share` of SQuAD without the articles of `fold` (None: on all)."""
    torch.manual_seed(seed)
    tokenizer, rng = reader_tokenizer(), random.Random(seed)
    questions = Questions.read(work, without=fold, share=share, seed=seed)
    plan: list[list[Item]] = []
    for _ in range(FIT_EPOCHS):
        plan += batches([item(tokenizer, e) for e in squad_epoch(questions, rng)], rng)
    model = ReaderModel()
    if pretrained:
        model.load_state_dict(torch.load(work / f"pretrained-{PRETRAIN_SEED}.pt"))
    Training(model, plan, loss=loss, rate=FIT_RATE, name=name).run(work / f"{name}.checkpoint")
    return model


def fit(work: Path, *, fold: int | None, seed: int, pretrained: bool = True) -> None:
    """Train on SQuAD without the articles of `fold` (None: on all); writes fold-FOLD-SEED.pt.

    The reader of a fold then reads that fold's questions, into fold-FOLD-SEED.npz.
    """
    name = f"fold-{'all' if fold is None else fold}-{seed}"
    model = fitted(work, fold=fold, seed=seed, pretrained=pretrained, name=name)
    if rank() == 0:
        torch.save(model.state_dict(), work / f"{name}.pt")
        if fold is not None:
            read_fold(model, work, fold=fold).save(work / f"{name}.npz")


def read_fold(model: ReaderModel, work: Path, *, fold: int) -> Readings:
    """What a reader says of every question on the articles that it did not see."""
    tokenizer = reader_tokenizer()
    asked = list(read_to_read(work / "asked.jsonl"))
    folds = fold_of(one.group for one in asked)
    own = [one for one in asked if folds[one.group] == fold]
    pairs = [pair(tokenizer, one.question, one.title, one.sentences) for one in own]
    return Readings(dict(zip((one.key for one in own), read(model, pairs), strict=True)))


def main() -> None:
    """Train or read."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["pretrain", "fit", "gather"])
    parser.add_argument("--work", type=Path, required=True, help="the folder that training.prepare wrote")
    parser.add_argument("--fold", default="all", help=f"0 to {FOLDS - 1}, or all")
    parser.add_argument("--seed", type=int, default=0, help="of fit and gather")
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: its own choice")
    parser.add_argument("--from-scratch", action="store_true", help="fit without pretraining")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    join_processes()
    if arguments.command == "pretrain":
        pretrain(arguments.work)
    elif arguments.command == "fit":
        fold = None if arguments.fold == "all" else int(arguments.fold)
        fit(arguments.work, fold=fold, seed=arguments.seed, pretrained=not arguments.from_scratch)
    else:
        parts = [Readings.load(arguments.work / f"fold-{fold}-{arguments.seed}.npz") for fold in range(FOLDS)]
        Readings.joined(parts).save(arguments.work / f"readings-{arguments.seed}.npz")


if __name__ == "__main__":
    main()
