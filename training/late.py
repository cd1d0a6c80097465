"""Trains the reader's runner-up: a late-interaction head over the encoder's frozen token states.

    python -m training.late --work WORK --seed S                  # on everything but SQuAD, then on its folds
    python -m training.late --work WORK --seed S --from-scratch   # on SQuAD alone

ColBERT's MaxSim (Khattab and Zaharia 2020) with trained projections from 384 to 128 dimensions, one for
questions and one for passages, that start as the product's. It writes late-SEED.npz (or
late-scratch-SEED.npz): what each fold's head says of its fold's questions, in the form of the reader's
readings. `WORK/states/` keeps the token states, which are made once; a run that was stopped goes on there.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from rag.background import token_weights
from rag.encoder import Floats, Integers, MiniLmEncoder
from rag.reader import Reading
from rag.retrieval import MAXSIM_WEIGHT, TOKEN_WEIGHT_POWER
from rag.tokens import projection
from training.loop import rate_schedule
from training.measures import own_passage_figures
from training.model import NOTHING
from training.reader import FOLDS, Questions, draw, fold_of
from training.reading import Example, read_examples
from training.readings import Key, Readings, read_to_read
from training.states import DIMENSIONS, Halves, StateCache

BATCH = 32
PRETRAIN_EPOCHS = 2
PRETRAIN_RATE = 1e-3
FIT_EPOCHS = 3
FIT_RATE = 2e-3
SMALL_RATE = 10  # of the other weights, in rates of the projections


@dataclass(frozen=True, slots=True)
class Item:
    """A question on a passage; if `removed`, the sentences that answer take no part, and none answers."""

    example: Example
    removed: bool = False


def passage_text(sentences: Sequence[str]) -> str:
    """A passage as it is encoded."""
    return " ".join(sentences)


def sentence_lengths(starts: Integers, sentences: Sequence[str]) -> list[int]:
    """How many tokens each sentence has, of a passage whose tokens begin at `starts` (n,)."""
    ends = np.cumsum([len(sentence) + 1 for sentence in sentences])
    places = np.searchsorted(ends, starts, side="right")
    return [int(count) for count in np.bincount(places, minlength=len(sentences))]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """b questions of m tokens in all, and their b passages of n tokens and s sentences in all.

    `question` (m, 384), `passage` (n, 384), `title` (t, 384) are states; `weights` (m,) sum to 1 a question.
    `of_question` (m,) and `of_passage` (s,) are numbers in the batch; the others count tokens or
    sentences. `allowed` and `gold` (b, s) say which sentences a question chooses from, and which answer.
    """

    question: Tensor
    weights: Tensor
    of_question: Tensor
    passage: Tensor
    sentence_tokens: Tensor
    passage_sentences: Tensor
    of_passage: Tensor
    title: Tensor
    title_tokens: Tensor
    allowed: Tensor
    gold: Tensor


def batch(items: Sequence[Item], cache: StateCache) -> Batch:
    """Put items together; a question chooses among its passage's sentences and those of other articles."""
    examples = [one.example for one in items]
    passages = [passage_text(example.sentences) for example in examples]
    lengths = [
        sentence_lengths(cache.pieces(text)[:, 1], example.sentences)
        for text, example in zip(passages, examples, strict=True)
    ]
    counts = torch.tensor([len(own) for own in lengths])
    of_passage = torch.repeat_interleave(torch.arange(len(items)), counts)
    allowed, gold = _choices(items, of_passage)
    weights = [_weights(cache.pieces(example.question)[:, 0]) for example in examples]
    return Batch(
        question=_joined([cache.states(example.question) for example in examples]),
        weights=torch.from_numpy(np.concatenate(weights)),
        of_question=torch.repeat_interleave(
            torch.arange(len(items)), torch.tensor([len(own) for own in weights])
        ),
        passage=_joined([cache.states(text) for text in passages]),
        sentence_tokens=torch.tensor([length for own in lengths for length in own]),
        passage_sentences=counts,
        of_passage=of_passage,
        title=_joined([cache.states(example.title) for example in examples]),
        title_tokens=torch.tensor([len(cache.pieces(example.title)) for example in examples]),
        allowed=allowed,
        gold=gold,
    )


def _choices(items: Sequence[Item], of_passage: Tensor) -> tuple[Tensor, Tensor]:
    """Another passage of the same article may answer, too, so its sentences take no part."""
    groups = [one.example.group for one in items]
    numbers = torch.tensor([groups.index(group) for group in groups])
    own = of_passage[None] == torch.arange(len(items))[:, None]
    allowed = own | (numbers[of_passage][None] != numbers[:, None])
    gold = torch.zeros_like(own)
    for row, one in enumerate(items):
        first = int(own[row].int().argmax())
        answers = [first + number for number in one.example.answers]
        (allowed if one.removed else gold)[row, answers] = not one.removed
    return allowed, gold


def _joined(states: Sequence[Halves]) -> Tensor:
    return torch.from_numpy(np.concatenate(states)).float()


def _weights(ids: Integers) -> Floats:
    """As `rag.retrieval.Query` weighs its tokens."""
    weights = token_weights(ids) ** TOKEN_WEIGHT_POWER
    return np.asarray(weights / max(float(weights.sum()), 1e-9), dtype=np.float32)


class Scores(NamedTuple):
    """Of b questions and s sentences: `none` (b,), `sentences` (b, s), and `maxsim` (b, s) without more."""

    none: Tensor
    sentences: Tensor
    maxsim: Tensor


class LateHead(nn.Module):
    """MaxSim in 128 trained dimensions, its question tokens weighed by IDF and a learned factor.

    A sentence's score is a weighted sum of MaxSim with it and with its passage and title; "none of them"
    has the same score for every question: one that it may choose by its wording learns the habits of
    SQuAD's annotators.
    """

    def __init__(self) -> None:
        super().__init__()
        self.question_projection = nn.Parameter(torch.from_numpy(projection().copy()))
        self.passage_projection = nn.Parameter(torch.from_numpy(projection().copy()))
        self.emphasis = nn.Parameter(torch.zeros(DIMENSIONS))
        # The sentence's weight, the passage's, and none's score: about where an answer's MaxSim starts.
        self.scale = nn.Parameter(torch.tensor([1.0, 0.1, 0.6]))

    def forward(self, given: Batch) -> Scores:
        """The scores of every sentence for every question, as log-odds up to a constant a question."""
        question = nn.functional.normalize(given.question @ self.question_projection, dim=-1)
        passage = nn.functional.normalize(given.passage @ self.passage_projection, dim=-1)
        title = nn.functional.normalize(given.title @ self.passage_projection, dim=-1)
        best = _most(passage @ question.T, given.sentence_tokens)
        around = torch.maximum(
            _most(best, given.passage_sentences), _most(title @ question.T, given.title_tokens)
        )
        of = nn.functional.one_hot(given.of_question, len(given.allowed)).float()
        raw = given.weights * torch.exp(given.question @ self.emphasis)
        weights = (raw / (of @ (raw @ of)).clamp(min=1e-9))[:, None] * of
        of_sentence, of_passage, of_none = MAXSIM_WEIGHT * self.scale
        sentences = of_sentence * (best @ weights) + of_passage * (around @ weights)[given.of_passage]
        none = of_none.expand(len(given.allowed))
        return Scores(none, sentences.T, (best @ (given.weights[:, None] * of)).T)


def _most(values: Tensor, lengths: Tensor) -> Tensor:
    """The highest of each run of rows, (n, m) -> (len(lengths), m); 0 for an empty run."""
    found: Tensor = torch.segment_reduce(values, "max", lengths=lengths, axis=0, initial=0.0)
    return found


def loss(scores: Scores, given: Batch) -> Tensor:
    """Cross-entropy of which sentence answers, or none; any of several that do (Clark and Gardner 2018)."""
    logits = torch.column_stack([scores.none, scores.sentences])
    none = ~given.gold.any(dim=1, keepdim=True)
    allowed = torch.column_stack([torch.ones_like(none), given.allowed])
    gold = torch.column_stack([none, given.gold])
    every = logits.masked_fill(~allowed, NOTHING).logsumexp(dim=1)
    return (every - logits.masked_fill(~gold, NOTHING).logsumexp(dim=1)).mean()


def train(
    head: LateHead, plan: Sequence[Sequence[Item]], cache: StateCache, *, rate: float, name: str
) -> None:
    """Go through a plan of batches with AdamW, warm-up and linear decay."""
    large = [head.question_projection, head.passage_projection]
    small = [head.emphasis, head.scale]
    optimiser = torch.optim.AdamW(
        [{"params": large, "lr": rate}, {"params": small, "lr": SMALL_RATE * rate}], weight_decay=0.0
    )
    schedule = rate_schedule(optimiser, steps=len(plan))
    started, mean = time.process_time(), 0.0
    for number, items in enumerate(plan, start=1):
        given = batch(items, cache)
        value = loss(head(given), given)
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        optimiser.step()
        schedule.step()
        mean += float(value.item()) / 100
        if number % 100 == 0:
            seconds = time.process_time() - started
            print(
                f"{name}: {number} of {len(plan)} batches, loss {mean:.3f}, {seconds:.0f} s of CPU",
                flush=True,
            )
            mean = 0.0


def batches(items: Sequence[Item], rng: random.Random) -> list[list[Item]]:
    """The items in random order, `BATCH` at a time."""
    mixed = rng.sample(items, len(items))
    return [mixed[at : at + BATCH] for at in range(0, len(mixed), BATCH)]


def squad_epoch(questions: Questions, rng: random.Random) -> list[Item]:
    """What the reader gets: questions on their own passages, elsewhere, changed, without what answers."""
    others, removed = draw(questions, rng)
    return [*map(Item, questions.own), *map(Item, others), *(Item(example, True) for example in removed)]


@torch.no_grad()
def judge(head: LateHead, examples: Sequence[Example], cache: StateCache) -> list[Reading]:
    """What the head says of each question's own passage: log-odds against none; `spans` are plain MaxSim."""
    readings = []
    for at in range(0, len(examples), BATCH):
        given = batch([Item(example) for example in examples[at : at + BATCH]], cache)
        scores = head(given)
        answers = (scores.sentences - scores.none[:, None]).numpy()
        for row, (own, maxsim) in enumerate(zip(answers, scores.maxsim.numpy(), strict=True)):
            mine = given.of_passage.numpy() == row
            places = np.zeros((int(mine.sum()), 2), dtype=np.int32)
            readings.append(Reading(answers=own[mine], spans=maxsim[mine], places=places))
    return readings


def figures(examples: Sequence[Example], readings: Sequence[Reading]) -> dict[str, dict[str, float]]:
    """On the passage each question was asked of, by the trained score and by MaxSim alone."""
    return {
        "score": own_passage_figures(examples, [reading.answers for reading in readings]),
        "MaxSim": own_passage_figures(examples, [reading.spans for reading in readings]),
    }


def texts(examples: Iterable[Example]) -> Iterator[str]:
    """Every text that is encoded for the examples."""
    for example in examples:
        yield from (example.question, example.title, passage_text(example.sentences))


def pretrain(examples: Sequence[Example], cache: StateCache, *, seed: int) -> LateHead:
    """A head trained on everything but SQuAD; an untrained one without examples."""
    head, rng = LateHead(), random.Random(seed)
    plan = [own for _ in range(PRETRAIN_EPOCHS) for own in batches([*map(Item, examples)], rng)]
    if plan:
        train(head, plan, cache, rate=PRETRAIN_RATE, name="pretrained")
    return head


def fit(start: LateHead, questions: Questions, cache: StateCache, *, seed: int, name: str) -> LateHead:
    """A copy of `start`, trained on SQuAD's `questions`."""
    head, rng = copy.deepcopy(start), random.Random(seed)
    plan = [own for _ in range(FIT_EPOCHS) for own in batches(squad_epoch(questions, rng), rng)]
    train(head, plan, cache, rate=FIT_RATE, name=name)
    return head


def cross_validate(
    start: LateHead, work: Path, squad: Sequence[Example], cache: StateCache, *, seed: int
) -> tuple[Readings, list[Reading]]:
    """What each fold's head says of its fold: of all that is asked, and of `squad` in parallel."""
    asked = list(read_to_read(work / "asked.jsonl"))
    folds = fold_of(example.group for example in squad)
    readings: dict[Key, Reading] = {}
    own: dict[int, Reading] = {}
    for fold in range(FOLDS):
        head = fit(start, Questions.read(work, without=fold), cache, seed=seed, name=f"fold {fold}")
        judged = [one for one in asked if folds[one.group] == fold]
        said = judge(head, [one.as_example("asked") for one in judged], cache)
        readings |= dict(zip((one.key for one in judged), said, strict=True))
        places = [place for place, example in enumerate(squad) if folds[example.group] == fold]
        own |= dict(zip(places, judge(head, [squad[place] for place in places], cache), strict=True))
        scale = ", ".join(f"{MAXSIM_WEIGHT * value:.1f}" for value in head.scale.tolist())
        print(f"fold {fold}: {len(judged)} pairs judged; sentence, passage, none: {scale}", flush=True)
    return Readings(readings), [own[place] for place in range(len(squad))]


def main() -> None:
    """Train and judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True, help="the folder that training.prepare wrote")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=int, help="only so many examples that are not SQuAD's")
    parser.add_argument("--from-scratch", action="store_true", help="on SQuAD alone")
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    work = arguments.work
    squad = list(read_examples(work / "squad.jsonl"))
    names = [] if arguments.from_scratch else ["pretraining.jsonl"]
    others = [example for name in names for example in islice(read_examples(work / name), arguments.limit)]
    cache = StateCache(work / "states")
    asked = (one.as_example("asked") for one in read_to_read(work / "asked.jsonl"))
    wanted = [*squad, *asked, *read_examples(work / "varied.jsonl"), *others]
    cache.add(texts(wanted), MiniLmEncoder(threads=arguments.threads))
    start = pretrain(others, cache, seed=arguments.seed)
    table = {"untrained": figures(squad, judge(LateHead(), squad, cache))}
    if others:
        table["pretrained"] = figures(squad, judge(start, squad, cache))
    readings, own = cross_validate(start, work, squad, cache, seed=arguments.seed)
    table["trained"] = figures(squad, own)
    readings.save(work / f"late-{'scratch-' if arguments.from_scratch else ''}{arguments.seed}.npz")
    print(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
