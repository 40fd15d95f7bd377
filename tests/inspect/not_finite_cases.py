"""Small cases in which something turns NaN or infinite, each another thing first."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import torch
from checked_cases import case_of, classified, layers, loader, sound
from torch import Tensor, nn
from torch.nn import functional

from neural_trainer.layers.case import Case


def nan_in_first_batch() -> Case:
    inputs, labels = classified(256, 0)
    inputs[5, 3] = float("nan")
    return dataclasses.replace(sound(), train_batches=loader(inputs, labels))


def log_of_a_share() -> Case:
    """Shares of exactly zero, as those of a softmax far off are, and their logarithm."""

    def loss(model: Any, batch: Any) -> Tensor:
        shares = (100 * model(batch[0])).relu()
        return functional.nll_loss((shares / shares.sum(1, keepdim=True)).log(), batch[1])

    return dataclasses.replace(sound(), loss_fn=loss)


def root_of_zero() -> Case:
    """Finite, and its gradient is not."""

    def loss(model: Any, batch: Any) -> Tensor:
        logits = model(batch[0])
        return functional.cross_entropy(logits, batch[1]) + (logits - logits).square().sum().sqrt()

    return dataclasses.replace(sound(), loss_fn=loss)


class Halved(nn.Module):
    """Float16 values over its largest."""

    def forward(self, x: Tensor) -> Tensor:
        return (x.abs() + 1).half() * 60000


def over_float16() -> Case:
    def loss(model: Any, batch: Any) -> Tensor:
        return functional.cross_entropy(model(batch[0]).float(), batch[1])

    torch.manual_seed(0)
    return case_of(nn.Sequential(*layers(), Halved()), loss)


def steps_too_large() -> Case:
    case = sound()
    return dataclasses.replace(case, optimizer=torch.optim.SGD(case.model.parameters(), lr=1e30))


# Case, the cause that what turned so first ought to name. Such a case fails many checks.
NOT_FINITE: dict[str, tuple[Callable[[], Case], str]] = {
    "a-batch": (nan_in_first_batch, "bad-batch"),
    "the-log-of-a-share": (log_of_a_share, "log-of-zero"),
    "the-gradient-of-a-root": (root_of_zero, "log-of-zero"),
    "a-module-in-float16": (over_float16, "fp16-overflow"),
    "weights-that-steps-blew-up": (steps_too_large, "lr-too-high"),
}
