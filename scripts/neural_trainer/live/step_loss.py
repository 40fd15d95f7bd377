"""The loss of each optimizer step of a Hugging Face Trainer, which tells only means."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


class StepLoss:
    """Sums up what goes into Accelerator.backward between two optimizer steps.

    The Trainer divides the loss of each micro-batch by their number, or its sum over tokens by the
    tokens of all of them, before it goes there; so the sum is the loss of the step, whatever
    compute_loss, label smoothing or accumulation made of it. It stays a tensor on its device. In a
    distributed run it is this process's own.
    """

    def __init__(self) -> None:
        """Wrap the function where the Trainer looks it up at each call."""
        from accelerate import Accelerator

        self._parts: list[Any] | None = []
        self._place: Any = Accelerator
        self._original: Callable[..., Any] = Accelerator.backward

        @functools.wraps(self._original)
        def backward(accelerator: Any, loss: Any, *more: Any, **named: Any) -> Any:
            if self._parts is not None:
                self._parts.append(loss.detach())
            return self._original(accelerator, loss, *more, **named)

        self._wrapped = backward
        self._place.backward = backward

    def take(self) -> Any:
        """Return the loss since the last call; None where nothing went there."""
        parts, self._parts = self._parts or [], []
        return sum(parts[1:], parts[0]) if parts else None

    def release(self) -> None:
        """Put the function back; where another has wrapped it since, take nothing any more."""
        self._parts = None
        if self._place.backward is self._wrapped:
            self._place.backward = self._original
