"""Runs whose ends are known: several seeds of one law, before and after a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neural_trainer.runs.run import Run, Series


def ending(
    name: str, end: float, signal: str = "loss", *, n: int = 30, axis: str = "step",
    config: Mapping[str, Any] | None = None, seconds: float | None = None, step: float = 1.0,
) -> Run:  # fmt: skip
    """A run of n points that falls to `end` and stays there; its ends are exact."""
    at = step * np.arange(1.0, n + 1)
    value = end + 3 * np.maximum(0, 1 - np.arange(n) / (0.8 * n))
    time = None if seconds is None else seconds * np.arange(1.0, n + 1)
    return Run(name, name, "made", {signal: Series(at, value, time)}, axis=axis,
               config=config or {})  # fmt: skip


def seeds(
    name: str, ends: Sequence[float], signal: str = "loss", first: int = 0, **more: Any
) -> list[Run]:
    """A run for each end, named by its seed."""
    return [ending(f"{name}-seed{first + i}", end, signal, **more) for i, end in enumerate(ends)]
