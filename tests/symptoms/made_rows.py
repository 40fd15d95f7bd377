"""What runs of a few rows are made with: 60 rows, means over ten steps each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sketch import made

from neural_trainer.runs.run import Array, Run, Series

NUM_ROWS, EVERY = 60, 10


@dataclass(frozen=True)
class Rows:
    """The chance of one run. step: (NUM_ROWS,); share: how much of the run is over."""

    rng: np.random.Generator

    @property
    def step(self) -> Array:
        return EVERY * np.arange(1.0, NUM_ROWS + 1)

    @property
    def share(self) -> Array:
        return np.linspace(0, 1, NUM_ROWS)

    def noisy(self, level: Array | float, noise: float = 0.01) -> Array:
        """Return `level` with noise of a share of it."""
        whole = np.broadcast_to(level, (NUM_ROWS,))
        return np.asarray(whole * (1 + noise * self.rng.standard_normal(NUM_ROWS)))

    def learnt(self, start: float = 2.3, floor: float = 0.3) -> Array:
        """Return a loss that bends from `start` to `floor`."""
        return self.noisy(floor + (start - floor) * np.exp(-self.share * 6))

    def evaluated(self, level: Array, every: int = 5) -> Series:
        """Return `level` at each `every`-th row."""
        at = np.arange(every - 1, NUM_ROWS, every)
        return Series(self.step[at], level[at])

    def run(self, at: float | None = None, **signals: Any) -> Run:
        """Return the run of `signals`; "__" in a name stands for a slash."""
        named = {
            name.replace("__", "/"): value
            if isinstance(value, Series)
            else Series(self.step, np.asarray(np.broadcast_to(value, (NUM_ROWS,)), np.float64))
            for name, value in signals.items()
        }
        return made(named, None if at is None else at * self.step[-1])


def of_rows(make: Callable[[Rows], Run]) -> Callable[[int], Run]:
    """Return what makes the run of a seed."""
    return lambda seed: make(Rows(np.random.default_rng(seed)))
