"""The loss of each optimizer step of a Hugging Face Trainer, which tells only means."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


class StepLoss:
    """Sums up what Trainer.training_step returns between two optimizer steps.

    It is what the Trainer itself adds up for its logs: the loss of each micro-batch, divided by
    their number or, summed over tokens, by the tokens of all of them, whatever compute_loss and
    label smoothing made of it. It stays a tensor on its device. In a distributed run it is this
    process's own.
    """

    def __init__(self) -> None:
        """Wrap the method where the Trainer and its subclasses look it up at each call."""
        from transformers import Trainer

        self._parts: list[Any] | None = []
        self._place: Any = Trainer
        self._original: Callable[..., Any] = Trainer.training_step

        @functools.wraps(self._original)
        def training_step(trainer: Any, *given: Any, **named: Any) -> Any:
            loss = self._original(trainer, *given, **named)
            if self._parts is not None:
                self._parts.append(loss.detach())
            return loss

        self._wrapped = training_step
        self._place.training_step = training_step

    def take(self) -> Any:
        """Return the loss since the last call; None where a subclass has a step of its own."""
        parts, self._parts = self._parts or [], []
        return sum(parts[1:], parts[0]) if parts else None

    def release(self) -> None:
        """Put the method back; where another has wrapped it since, take nothing any more."""
        self._parts = None
        if self._place.training_step is self._wrapped:
            self._place.training_step = self._original
