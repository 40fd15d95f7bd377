"""One forward pass of a model outside of loss_fn, on the inputs that loss_fn gives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from neural_trainer.inspect.checks.observing import main_output, watching
from neural_trainer.inspect.checks.subject import Subject, seed
from neural_trainer.layers.batches import mapped


@dataclass(frozen=True)
class Inputs:
    """What the model is called with."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def changed(self, change: Callable[[Any], Any]) -> Inputs:
        """Return the inputs with a change made to every tensor."""
        return Inputs(mapped(self.args, change), mapped(self.kwargs, change))

    def output(self, model: Callable[..., Any], draw: int = 0) -> Tensor | None:
        """Return the main output of `model`, without gradients; of one `draw` the same draws."""
        seed(draw)
        with torch.no_grad():
            return main_output(model(*self.args, **self.kwargs))

    def drawn(self, model: nn.Module) -> set[str]:
        """Return the functions by which a pass of `model` draws at random or by its mode."""
        with watching(model) as seen:
            self.output(model)
        return seen.drawn


def inputs_of(subject: Subject) -> Inputs | None:
    """Return what loss_fn calls the model with; None where it calls another method."""
    seen = subject.seen
    if seen.args is None or main_output(seen.output) is None:
        return None
    return Inputs(seen.args, seen.kwargs).changed(_detached)


def _detached(value: Any) -> Any:
    return value.detach() if isinstance(value, Tensor) else value


class MainOutput(nn.Module):
    """A model that gives its main output alone, without caches and what else it returns."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, *args: Any, **kwargs: Any) -> Tensor | None:
        """Return the main output."""
        return main_output(self.model(*args, **kwargs))


NO_FORWARD = "loss_fn does not call the model itself, or its output is no tensor"


def difference(one: Tensor, other: Tensor) -> float:
    """Return the largest difference of two outputs against the size of the first; inf by shape."""
    if one.shape != other.shape:
        return float("inf")
    a, b = one.detach().double().cpu(), other.detach().double().cpu()
    return float((a - b).abs().max()) / (float(a.abs().max()) or 1.0) if a.numel() else 0.0
