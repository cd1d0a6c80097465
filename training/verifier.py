"""Trains the verifier: the reading model with a head that says what each sentence says to a claim.

    python -m training.prepare_claims --data FOLDER --work WORK   # claims made of sentences and questions
    python -m training.claim_corpus --work WORK                   # the passages found for human claims
    python -m training.verifier pretrain --work WORK              # on these, from the reader's weights
    python -m training.verifier fit --data FOLDER --work WORK --fold N    # then on human claims but fold N's
    python -m training.verifier gather --work WORK                # what each fold's says of its claims
    python -m training.verifier fit --data FOLDER --work WORK --fold all  # on all: the one that is shipped

Claims are read as questions are: the mark after a sentence stands for it, [CLS] for the whole passage. Of the
three logits of each mark the first says that the claim is supported, the second refuted, the third neither.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from rag import verifier
from rag.cross_encoder import Pair, pair
from rag.encoder import Floats
from rag.reader import FOLDER
from training.claims import (
    FOLDS,
    NEITHER,
    STANCES,
    ClaimExample,
    fold_of,
    human_claims,
    human_epoch,
    read_claims,
)
from training.export import LAYERS
from training.judgements import Judgements
from training.loop import Training, join_processes, rank
from training.model import NOTHING, ReaderModel, batches, reader_tokenizer, tensors

PRETRAIN_RATE = 1e-4
PRETRAIN_STEPS = 500  # on two processes half of an epoch, which is all that time allowed
FIT_RATE = 5e-5
FIT_EPOCHS = 2
WHOLE_WEIGHT = 1.0
OTHERS_WEIGHT = 0.3
"""Of the sentences that say neither, together, next to those that decide."""
REPLAYED = 0.3
"""Of the pretraining claims, drawn anew for each epoch of fitting, for each human one."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim on a passage as the model reads it: which stances each sentence may have, and the whole."""

    asked: Pair
    stances: tuple[tuple[bool, bool, bool], ...]
    whole: tuple[bool, bool, bool]


def judged(tokenizer: Any, example: ClaimExample) -> Judged:
    """Cut an example into word pieces."""
    asked = pair(tokenizer, example.claim, example.title, example.sentences)
    return Judged(asked, tuple(STANCES[stance] for stance in example.stances), STANCES[example.whole])


def loss(logits: Tensor, items: Sequence[Judged]) -> Tensor:
    """Cross-entropy of the stance of the whole passage and of each sentence.

    Where a label leaves several stances open, the likelihood of any of them counts.
    """
    rows, places, allowed, weights = [], [], [], []
    for row, item in enumerate(items):
        rows.append(row)
        places.append(0)
        allowed.append(item.whole)
        weights.append(WHOLE_WEIGHT)
        neither = [s for s in item.stances if s == STANCES[NEITHER]]
        deciding = len(item.stances) - len(neither)
        for mark, stance in zip(item.asked.marks.tolist(), item.stances, strict=True):
            rows.append(row)
            places.append(mark)
            allowed.append(stance)
            own = stance == STANCES[NEITHER]
            share = OTHERS_WEIGHT / len(neither) if own and deciding else 1.0 / len(item.stances)
            weights.append(share if own else 1.0 / deciding)
    chosen = torch.log_softmax(logits[rows, places], dim=-1)
    masked = chosen + torch.where(torch.tensor(allowed), 0.0, NOTHING)
    weight = torch.tensor(weights)
    return -(torch.logsumexp(masked, -1) * weight).sum() / weight.sum()


def reader_state(path: Path = FOLDER / "reader.onnx") -> dict[str, Tensor]:
    """The shipped reader's weights in full precision, by the names of `ReaderModel`, without its head."""
    stored = {c.name: numpy_helper.to_array(c) for c in onnx.load(str(path)).graph.initializer}
    prefix = "encoder.embeddings"
    state = {
        f"{prefix}.word_embeddings.weight": stored["words.weights"].astype(np.float32)
        * stored["words.scales"],
        f"{prefix}.token_type_embeddings.weight": stored["types.weights"],
        f"{prefix}.position_embeddings.weight": stored["places.weights"],
        **_norm(stored, f"{prefix}.LayerNorm", "embedded"),
    }
    for number in range(LAYERS):
        state |= _layer_state(stored, f"encoder.encoder.layer.{number}", f"layer{number}")
    return {name: torch.from_numpy(np.array(values, dtype=np.float32)) for name, values in state.items()}


def shipped_state(path: Path = verifier.FOLDER / "verifier.onnx") -> dict[str, Tensor]:
    """The shipped verifier's weights in full precision, with its head: to train it further."""
    stored = {c.name: numpy_helper.to_array(c) for c in onnx.load(str(path)).graph.initializer}
    return reader_state(path) | {
        "head.weight": torch.from_numpy(np.array(stored["head.weights"].T)),
        "head.bias": torch.from_numpy(np.array(stored["head.bias"])),
    }


def _layer_state(stored: Mapping[str, Any], layer: str, name: str) -> dict[str, Any]:
    state = {
        **_norm(stored, f"{layer}.attention.output.LayerNorm", f"{name}.attention.normed"),
        **_norm(stored, f"{layer}.output.LayerNorm", f"{name}.normed"),
    }
    weights, bias = _linear(stored, f"{name}.attention.input")
    parts = zip(np.split(weights, 3), np.split(bias, 3), strict=True)
    for part, (own, its) in zip(("query", "key", "value"), parts, strict=True):
        state[f"{layer}.attention.self.{part}.weight"] = own
        state[f"{layer}.attention.self.{part}.bias"] = its
    for place, stem, product in (
        ("attention.output.dense", "attention.output", "attention.output"),
        ("intermediate.dense", "wide.input", "wide.input.product"),
        ("output.dense", "narrow", "narrow.product"),
    ):
        state[f"{layer}.{place}.weight"], _ = _linear(stored, f"{name}.{product}", bias=False)
        state[f"{layer}.{place}.bias"] = stored[f"{name}.{stem}.bias"]
    return state


def _linear(stored: Mapping[str, Any], name: str, *, bias: bool = True) -> tuple[Floats, Floats]:
    weights = stored[f"{name}.weights"].astype(np.float32) * stored[f"{name}.scales"]
    return weights.T, stored[f"{name}.bias"] if bias else np.zeros(0, np.float32)


def _norm(stored: Mapping[str, Any], layer: str, name: str) -> dict[str, Any]:
    return {f"{layer}.weight": stored[f"{name}.scale"], f"{layer}.bias": stored[f"{name}.bias"]}


def pretrain(work: Path, *, seed: int, scratch: bool) -> None:
    """Train on the claims that `training.prepare_claims` made; writes verifier-pretrained.pt."""
    torch.manual_seed(seed)
    tokenizer, rng = reader_tokenizer(), random.Random(seed)
    plan = batches([judged(tokenizer, example) for example in read_claims(work / "claims.jsonl")], rng)
    model = ReaderModel()
    if not scratch:
        model.load_state_dict(reader_state(), strict=False)
    name = f"verifier-pretrained{'-scratch' if scratch else ''}"
    Training(model, plan, loss=loss, rate=PRETRAIN_RATE, name=name).run(
        work / f"{name}.checkpoint", steps=PRETRAIN_STEPS
    )
    if rank() == 0:
        torch.save(model.state_dict(), work / f"{name}.pt")


def fit(data: Path, work: Path, *, fold: int | None, seed: int, start: str, epochs: int = FIT_EPOCHS) -> None:
    """Train on human claims without those of `fold` (None: on all); writes verifier-FOLD-SEED.pt.

    The verifier of a fold then judges that fold's claims, on their own passages and on others that were found
    for them, into verifier-FOLD-SEED.npz.
    """
    torch.manual_seed(seed)
    tokenizer, rng = reader_tokenizer(), random.Random(seed)
    every = human_claims(data)
    folds = fold_of([example.group for example in every])
    own = [example for example in every if folds[example.group] != fold]
    made = read_claims(work / "claims.jsonl")
    plan: list[list[Judged]] = []
    for _ in range(epochs):
        epoch = human_epoch(own, rng)
        epoch += rng.sample(made, min(len(made), int(REPLAYED * len(own))))
        plan += batches([judged(tokenizer, example) for example in epoch], rng)
    model = ReaderModel()
    if start == "shipped":
        model.load_state_dict(shipped_state())
    elif start == "reader":
        model.load_state_dict(reader_state(), strict=False)
    elif start != "encoder":
        model.load_state_dict(torch.load(work / f"{start}.pt"))
    name = f"verifier-{'all' if fold is None else fold}-{seed}"
    Training(model, plan, loss=loss, rate=FIT_RATE, name=name).run(work / f"{name}.checkpoint")
    if rank() == 0:
        torch.save(model.state_dict(), work / f"{name}.pt")
        if fold is not None:
            asked = [*every, *read_claims(work / "retrieved.jsonl")]
            held_out = [example for example in asked if folds[example.group] == fold]
            Judgements.made(held_out, judge(model, held_out)).save(work / f"{name}.npz")


@torch.no_grad()
def judge(model: ReaderModel, examples: Sequence[ClaimExample]) -> list[Floats]:
    """The log-probabilities of supports, refutes and neither, (1 + s, 3) for each example of s sentences.

    The first row is of the whole passage.
    """
    model.eval()
    tokenizer = reader_tokenizer()
    asked = [pair(tokenizer, e.claim, e.title, e.sentences) for e in examples]
    order = sorted(range(len(asked)), key=lambda n: len(asked[n].ids))
    found: dict[int, Floats] = {}
    for at in range(0, len(order), 16):
        rows = order[at : at + 16]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(**tensors([asked[n] for n in rows]))
        for n, own in zip(rows, torch.log_softmax(logits, -1).numpy(), strict=True):
            found[n] = np.asarray(own[[0, *asked[n].marks.tolist()]], dtype=np.float32)
    return [found[n] for n in range(len(asked))]


def main() -> None:
    """Train or judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["pretrain", "fit", "gather"])
    parser.add_argument("--data", type=Path, help="the folder of the public data sets")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--fold", default="all", help=f"0 to {FOLDS - 1}, or all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: its own choice")
    parser.add_argument(
        "--weights",
        dest="start",
        default="verifier-pretrained",
        help="shipped, reader, encoder, or a file in WORK",
    )
    parser.add_argument("--epochs", type=int, default=FIT_EPOCHS)
    parser.add_argument("--scratch", action="store_true", help="pretrain from the encoder, not the reader")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    join_processes()
    if arguments.command == "pretrain":
        pretrain(arguments.work, seed=arguments.seed, scratch=arguments.scratch)
    elif arguments.command == "gather":
        parts = [arguments.work / f"verifier-{fold}-{arguments.seed}.npz" for fold in range(FOLDS)]
        # A fold that was not fitted is left out: its claims are then not calibrated or measured on.
        made = [Judgements.load(path) for path in parts if path.exists()]
        Judgements.joined(made).save(arguments.work / "judgements.npz")
    else:
        fold = None if arguments.fold == "all" else int(arguments.fold)
        fit(
            arguments.data,
            arguments.work,
            fold=fold,
            seed=arguments.seed,
            start=arguments.start,
            epochs=arguments.epochs,
        )


if __name__ == "__main__":
    main()
