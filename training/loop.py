"""A run of training: AdamW over a plan of batches, on one process or several, that can be resumed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from training.model import Paired, ReaderModel, mixed_precision, tensors

WEIGHT_DECAY = 0.01
WARM_UP = 0.1  # of the steps
CHECKPOINT_STEPS = 50

_Item = TypeVar("_Item", bound=Paired)
Loss: TypeAlias = Callable[[Tensor, Sequence[_Item]], Tensor]
"""From the logits (b, n, 3) of b items to what is to be made small."""


def rate_schedule(optimiser: torch.optim.Optimizer, *, steps: int) -> torch.optim.lr_scheduler.LambdaLR:
    """Linear warm-up over the first `WARM_UP` of the steps, then linear decay to 0."""
    warm = max(1, int(steps * WARM_UP))
    return torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda n: min((n + 1) / warm, max(0.0, (steps - n) / (steps - warm + 1)))
    )


class Training(Generic[_Item]):
    """One run over a plan of batches with AdamW, warm-up and linear decay; it can be stopped and resumed."""

    def __init__(
        self,
        model: ReaderModel,
        plan: Sequence[Sequence[_Item]],
        *,
        loss: Loss[_Item],
        rate: float,
        name: str,
    ) -> None:
        self._model, self._loss, self._name = model, loss, name
        # Every process takes its share of the batches; each step is over one batch of every process.
        self._plan = [plan[at + rank()] for at in range(0, len(plan) - processes() + 1, processes())]
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
            if self._step % CHECKPOINT_STEPS == 0 and rank() == 0:
                if checkpoint is not None:
                    self._save(checkpoint)
                seconds = time.time() - started
                print(
                    f"{self._name}: {self._step} of {len(self._plan)} batches, loss "
                    f"{mean / CHECKPOINT_STEPS:.3f}, {seconds:.0f} s",
                    flush=True,
                )
                mean = 0.0
        if checkpoint is not None and rank() == 0:
            checkpoint.unlink(missing_ok=True)

    def _learn(self, batch: Sequence[_Item]) -> float:
        with mixed_precision():
            logits = self._model(**tensors([own.asked for own in batch]))
        value = self._loss(logits, batch)
        value.backward()
        self._share_gradients()
        nn.utils.clip_grad_norm_(self._trained, 1.0)
        self._optimiser.step()
        self._schedule.step()
        self._optimiser.zero_grad(set_to_none=True)
        return float(value.item())

    def _share_gradients(self) -> None:
        if processes() == 1:
            return
        gradients = [p.grad for p in self._trained if p.grad is not None]
        joined = nn.utils.parameters_to_vector(gradients)
        dist.all_reduce(joined)
        nn.utils.vector_to_parameters(joined / processes(), gradients)

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


def join_processes() -> None:
    """Train together with the other processes that torchrun started, if it did."""
    if dist.is_torchelastic_launched():
        dist.init_process_group("gloo")


def processes() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """This process's number among them; the first one writes."""
    return dist.get_rank() if dist.is_initialized() else 0
