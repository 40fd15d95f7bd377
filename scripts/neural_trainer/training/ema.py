"""An exponential moving average of the trained weights, to evaluate and keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any


class Ema:
    """The average: after each step decay x average + (1 - decay) x weights.

    It begins as a copy of the weights, so that it needs no correction of its start.
    """

    def __init__(self, model: Any, decay: float) -> None:
        from torch.optim.swa_utils import get_ema_multi_avg_fn

        trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self._parameters = list(trained.values())
        self.weights = {name: p.detach().clone() for name, p in trained.items()}
        average: Any = get_ema_multi_avg_fn
        self._average = average(decay)

    def update(self) -> None:
        """Take the weights as they are now into the average."""
        self._average(list(self.weights.values()), [p.detach() for p in self._parameters], None)

    def restore(self, weights: Mapping[str, Any]) -> None:
        """Take the average from a checkpoint."""
        for name, average in self.weights.items():
            average.copy_(weights[name])

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Have the model hold the average while the block runs, then its weights as they were."""
        import torch

        held = [p.detach().clone() for p in self._parameters]
        with torch.no_grad():
            for parameter, average in zip(self._parameters, self.weights.values(), strict=True):
                parameter.copy_(average)
        try:
            yield
        finally:
            with torch.no_grad():
                for parameter, weight in zip(self._parameters, held, strict=True):
                    parameter.copy_(weight)
