"""What every check is given: the case, what is known of its run, and looks that several share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import nn

from neural_trainer.errors import ConfigError
from neural_trainer.inspect.checks.data_look import Look, look_at
from neural_trainer.inspect.checks.observing import Observed, main_output, observe
from neural_trainer.inspect.copies import copied
from neural_trainer.layers.batches import on_device
from neural_trainer.layers.case import Case

LR = 1e-3  # of the AdamW that checks of the model, not of its optimizer, train with


@dataclass(frozen=True)
class Plan:
    """What is known of the run to come. num_steps: None where nobody said.

    num_batches: that a step takes. lr: the peak that a config names.
    """

    num_steps: int | None = None
    num_batches: int = 1
    lr: float | None = None


class Subject:
    """A case under check: its data is passed over once, its model copied for each check."""

    def __init__(self, case: Case, plan: Plan | None = None) -> None:
        self.case, self.plan = case, plan or Plan()

    @cached_property
    def train(self) -> Look:
        """The training data. Raises ConfigError where there is none."""
        look = look_at(self.case.train_batches)
        if not look.num_batches:
            raise ConfigError("train_batches yields nothing; expected at least one batch")
        return look

    @cached_property
    def held_out(self) -> Look | None:
        """The held-out data; None where the case has none."""
        return None if self.case.eval_batches is None else look_at(self.case.eval_batches)

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        first = next(self.case.model.parameters(), None)
        return torch.device("cpu") if first is None else first.device

    @cached_property
    def batches(self) -> list[Any]:
        """The first training batches, on the model's device."""
        return [on_device(batch, self.device) for batch in self.train.kept]

    @property
    def batch(self) -> Any:
        """The first training batch."""
        return self.batches[0]

    @property
    def optimizers(self) -> list[Any]:
        """The case's own optimizers: one, several, or none."""
        found = self.case.optimizer
        return [] if found is None else list(found) if isinstance(found, list | tuple) else [found]

    def copy(self) -> tuple[nn.Module, list[Any]]:
        """Return copies of the model, in training mode, and of its optimizers, AdamW without one.

        Raises ConfigError where they cannot be copied, or no parameter trains.
        """
        model, optimizer, _ = copied(self.case)
        model.train()
        return model, list(optimizer) if isinstance(optimizer, list | tuple) else [optimizer]

    def model(self) -> nn.Module:
        """Return a copy of the model, in training mode. Raises ConfigError."""
        return self.copy()[0]

    def with_adamw(self, lr: float = LR) -> tuple[nn.Module, list[Any]]:
        """Return a copy of the model and AdamW on all of it that trains. Raises ConfigError."""
        model, _, _ = copied(replace(self.case, optimizer=None))
        model.train()
        trained = [p for p in model.parameters() if p.requires_grad]
        return model, [torch.optim.AdamW(trained, lr=lr, weight_decay=0.0)]

    def loss(self, model: nn.Module, batch: Any) -> Any:
        """Return the case's loss of `model`."""
        return self.case.loss_fn(model, batch)

    @cached_property
    def seen(self) -> Observed:
        """What loss_fn does with a copy of the model and the first batch."""
        return observe(self.case.loss_fn, self.model(), self.batch)

    def observed(self, model: nn.Module, batch: Any) -> Observed:
        """Return what loss_fn does with `model` and `batch`, without gradients."""
        with torch.no_grad():
            return observe(self.case.loss_fn, model, batch)

    def output(self, model: nn.Module, batch: Any) -> torch.Tensor | None:
        """Return the main output of `model` for `batch`; None where loss_fn shows none."""
        return main_output(self.observed(model, batch).output)


def take_step(subject: Subject, model: nn.Module, optimizers: Sequence[Any], batch: Any) -> float:
    """Take one step of training on `batch` and return its loss before the step."""
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    loss = subject.loss(model, batch)
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()
    return float(loss.detach())


def seed(number: int = 0) -> None:
    """Seed torch's generators, so that what a check draws is the same each time."""
    torch.manual_seed(number)


def without_dropout(model: nn.Module) -> nn.Module:
    """Return `model` with the share of every dropout module set to zero."""
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.p = 0.0
        elif isinstance(module, nn.MultiheadAttention | nn.RNNBase):
            module.dropout = 0.0
    return model


def tensor_names(named: Iterable[tuple[str, Any]], wanted: set[int]) -> list[str]:
    """Return the names of the parameters whose ids are in `wanted`."""
    return [name for name, parameter in named if id(parameter) in wanted]
