"""Trains the verifier: the reading model with a head that says what each sentence says to a claim.

    python -m training.prepare_claims --data FOLDER --work WORK   # claims made of sentences and questions
    python -m training.claim_corpus --work WORK                   # the passages found for claims set apart
    python -m training.verifier learn --work WORK                 # on the hand-written ones and some made
    python -m training.verifier fit --data FOLDER --work WORK --fold N    # then on public ones but fold N's
    python -m training.verifier fit --data FOLDER --work WORK --fold all  # on all: the one that is shipped
    python -m training.verifier gather --data FOLDER --work WORK  # what they say of claims they did not see

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
from rag.encoder import Floats, MiniLmEncoder
from rag.reader import FOLDER
from training.alignments import Alignments
from training.claims import (
    ANY,
    FOLDS,
    NEITHER,
    STANCES,
    ClaimExample,
    claim_epoch,
    fold_of,
    is_set_apart,
    measured_claims,
    public_claims,
    read_claims,
    read_hand_written,
    unseen,
)
from training.export import LAYERS
from training.judgements import Judgements, KeptRows
from training.loop import Training, join_processes, processes, rank
from training.model import (
    CLOSE_STEP,
    NOTHING,
    ReaderModel,
    batches,
    mixed_precision,
    reader_tokenizer,
    tensors,
)

LEARN_RATE = 1.5e-4
LEARN_EPOCHS = 3
FIT_RATE = 5e-5
FIT_EPOCHS = 2
WHOLE_WEIGHT = 1.0
OTHERS_WEIGHT = 0.3
"""Of the sentences that say neither, together, next to those that decide."""
REPLAYED = 0.1
"""Made claims in an epoch, drawn anew, for each human one."""
RECALLED = 0.3
"""Hand-written claims in an epoch of fitting, drawn anew, for each public one."""
FITTED = 0.5
"""The share of the fitted weights, next to those from before, in the verifier (Wortsman et al. 2022).

Public claims are all supported or refuted: fitted to them, a verifier forgets when to say neither.
"""


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

    Where a label leaves several stances open, the likelihood of any of them counts; a sentence of which
    nothing is known takes no part.
    """
    rows, places, allowed, weights = [], [], [], []
    for row, item in enumerate(items):
        rows.append(row)
        places.append(0)
        allowed.append(item.whole)
        weights.append(WHOLE_WEIGHT)
        neither = sum(stance == STANCES[NEITHER] for stance in item.stances)
        deciding = sum(stance not in (STANCES[NEITHER], STANCES[ANY]) for stance in item.stances)
        for mark, stance in zip(item.asked.marks.tolist(), item.stances, strict=True):
            if stance == STANCES[ANY]:
                continue
            rows.append(row)
            places.append(mark)
            allowed.append(stance)
            if stance == STANCES[NEITHER]:
                weights.append((OTHERS_WEIGHT if deciding else 1.0) / neither)
            else:
                weights.append(1.0 / deciding)
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


def learn(work: Path, *, seed: int, start: str, epochs: int, steps: int | None = None) -> None:
    """Train on the hand-written claims but those set apart, and some that were made: verifier-learnt-SEED.pt.

    With `steps` on that many batches of each process at most.
    """
    own = [example for example in read_hand_written() if not is_set_apart(example)]
    model = _trained(
        work,
        [(own, 1.0), (read_claims(work / "claims.jsonl"), REPLAYED)],
        weights=_weights(work, start),
        seed=seed,
        epochs=epochs,
        steps=steps,
        rate=LEARN_RATE,
        name=f"verifier-learnt-{seed}",
    )
    if rank() == 0:
        torch.save(model.state_dict(), work / f"verifier-learnt-{seed}.pt")


def fit(data: Path, work: Path, *, fold: int | None, seed: int, start: str, epochs: int) -> None:
    """Train on the public claims without those of `fold` (None: on all); writes verifier-FOLD-SEED.pt.

    A fold's verifier then judges the claims of that fold, the one of all claims the hand-written ones that
    are set apart, on their own passages and on others that were found for them: verifier-FOLD-SEED.npz.
    """
    public = public_claims(data)
    folds = fold_of([example.group for example in public])
    own = [example for example in public if folds[example.group] != fold]
    written = read_hand_written()
    recalled = [example for example in written if not is_set_apart(example)]
    name = f"verifier-{'all' if fold is None else fold}-{seed}"
    before = _weights(work, start)
    model = _trained(
        work,
        [(own, 1.0), (recalled, RECALLED), (read_claims(work / "claims.jsonl"), REPLAYED)],
        weights=before,
        seed=seed,
        epochs=epochs,
        rate=FIT_RATE,
        name=name,
    )
    if rank() == 0:
        after = model.state_dict()
        model.load_state_dict(
            {key: torch.lerp(before[key], after[key], FITTED) for key in before}, strict=False
        )
        torch.save(model.state_dict(), work / f"{name}.pt")
        if fold is None:
            asked = [*unseen(written), *read_claims(work / "retrieved.jsonl")]
        else:
            asked = [example for example in public if folds[example.group] == fold]
        Judgements.made(asked, judge(model, asked)).save(work / f"{name}.npz")


def _weights(work: Path, start: str) -> Mapping[str, Tensor]:
    """The weights that training starts from; those of a new head or of the bare encoder are left out."""
    if start == "shipped":
        return shipped_state()
    if start == "reader":
        return reader_state()
    if start == "encoder":
        return {}
    weights: Mapping[str, Tensor] = torch.load(work / f"{start}.pt")
    return weights


def gather(data: Path, work: Path, *, seed: int) -> None:
    """Put together what all verifiers said, and how it aligns: WORK/judgements.npz, WORK/alignments.npz."""
    names = [*map(str, range(FOLDS)), "all"]
    judgements = Judgements.joined(Judgements.load(work / f"verifier-{name}-{seed}.npz") for name in names)
    judgements.save(work / "judgements.npz")
    examples = [*measured_claims(data), *read_claims(work / "retrieved.jsonl")]
    aligned = Alignments(MiniLmEncoder())
    KeptRows.made(examples, (aligned.of(e.claim, e.sentences) for e in examples)).save(
        work / "alignments.npz"
    )


def _trained(
    work: Path,
    sources: Sequence[tuple[Sequence[ClaimExample], float]],
    *,
    weights: Mapping[str, Tensor],
    seed: int,
    epochs: int,
    steps: int | None = None,
    rate: float,
    name: str,
) -> ReaderModel:
    """A model trained on all of the first source, and of each other one on its share of as many."""
    torch.manual_seed(seed)
    tokenizer, rng = reader_tokenizer(), random.Random(seed)
    plan: list[list[Judged]] = []
    for _ in range(epochs):
        epoch: list[ClaimExample] = []
        for own, share in sources:
            drawn = rng.sample(own, min(len(own), int(share * len(sources[0][0]))))
            epoch += claim_epoch(drawn, rng)
        plan += batches([judged(tokenizer, example) for example in epoch], rng, step=CLOSE_STEP)
    if steps is not None:
        plan = plan[: steps * processes()]
    model = ReaderModel()
    model.load_state_dict(weights, strict="head.weight" in weights)  # without one the head is a new one
    Training(model, plan, loss=loss, rate=rate, name=name).run(work / f"{name}.checkpoint")
    return model


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
        with mixed_precision():
            logits = model(**tensors([asked[n] for n in rows]))
        for n, own in zip(rows, torch.log_softmax(logits, -1).numpy(), strict=True):
            found[n] = np.asarray(own[[0, *asked[n].marks.tolist()]], dtype=np.float32)
    return [found[n] for n in range(len(asked))]


def main() -> None:
    """Train or judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["learn", "fit", "gather"])
    parser.add_argument("--data", type=Path, help="the folder of the public data sets")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--fold", default="all", help=f"0 to {FOLDS - 1}, or all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: its own choice")
    parser.add_argument(
        "--weights",
        dest="start",
        help="to start from: shipped, encoder, or a file in WORK; else the reader, or to fit what was learnt",
    )
    parser.add_argument("--epochs", type=int, help=f"to learn ({LEARN_EPOCHS}) or to fit ({FIT_EPOCHS})")
    parser.add_argument("--steps", type=int, help="to learn at most; the rate falls to 0 by then")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    join_processes()
    if arguments.command == "gather":
        gather(arguments.data, arguments.work, seed=arguments.seed)
    elif arguments.command == "learn":
        learn(
            arguments.work,
            seed=arguments.seed,
            start=arguments.start or "reader",
            epochs=arguments.epochs or LEARN_EPOCHS,
            steps=arguments.steps,
        )
    else:
        fit(
            arguments.data,
            arguments.work,
            fold=None if arguments.fold == "all" else int(arguments.fold),
            seed=arguments.seed,
            start=arguments.start or f"verifier-learnt-{arguments.seed}",
            epochs=arguments.epochs or FIT_EPOCHS,
        )


if __name__ == "__main__":
    main()
