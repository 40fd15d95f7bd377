"""What made runs are drawn from: courses, noise and schedules, all of them seeded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neural_trainer.runs.run import Array, Event, Run, Series

PLANTED = "planted"  # kind of the event that says where a fault was put


@dataclass(frozen=True)
class Sketch:
    """The seed's own length and chance of one run; `step` counts from 1 to `n`."""

    rng: np.random.Generator
    n: int

    @property
    def step(self) -> Array:
        """The steps, (n,)."""
        return np.arange(1.0, self.n + 1)

    @property
    def share(self) -> Array:
        """How much of the run is over at each step, (n,), from 0 to 1."""
        return np.linspace(0.0, 1.0, self.n)

    def falling(self, start: float = 4.0, floor: float = 1.5) -> Array:
        """Return a power law from `start` towards `floor`, without noise."""
        pace = self.n / self.rng.uniform(30, 300)
        return floor + (start - floor) * (1 + self.step / pace) ** -0.5

    def noisy(self, level: Array, low: float = 0.005, high: float = 0.05) -> Array:
        """Return `level` with noise of a seeded share of it, between `low` and `high`."""
        return level * (1 + self.rng.uniform(low, high) * self.rng.standard_normal(len(level)))

    def norm(self, level: float = 1.0) -> Array:
        """Return a healthy gradient norm: log-normal about a slowly falling level."""
        course = level * (1 + 3 * np.exp(-self.share * 10))
        return course * np.exp(self.rng.uniform(0.1, 0.3) * self.rng.standard_normal(self.n))

    def event(self, low: float, high: float) -> int:
        """Return the index of a step that lies between the shares `low` and `high`."""
        return int(self.rng.uniform(low, high) * self.n)


def sketch(seed: int, lengths: tuple[int, ...] = (400, 1500, 5000)) -> Sketch:
    """Return the sketch of `seed`, with one of `lengths` as its number of steps."""
    rng = np.random.default_rng(seed)
    return Sketch(rng, int(rng.choice(lengths)))


def warm_cosine(n: int, peak: float, warmup: float = 0.04, final: float = 0.05) -> Array:
    """Return a linear warm-up over the share `warmup`, then a cosine down to `final` x peak."""
    rise = max(2, round(warmup * n))
    up = peak * np.arange(1, rise + 1) / rise
    down = final + (1 - final) * (1 + np.cos(np.pi * np.linspace(0, 1, n - rise))) / 2
    return np.concatenate([up, peak * down])


def held_out(step: Array, level: Array, every: int, scatter: Array) -> Series:
    """Return `level`, (n,), at each `every`-th step, with `scatter` (n // every,) as its noise."""
    at = np.arange(every - 1, len(level), every)
    return Series(step[at], level[at] * (1 + scatter[: len(at)]))


def made(
    signals: Mapping[str, Array | Series], planted: float | None = None, axis: str = "step"
) -> Run:
    """Return a run of `signals`; arrays are logged at 1, 2, 3 … `planted`: where the fault is."""
    series = {
        name: value
        if isinstance(value, Series)
        else Series(np.arange(1.0, len(value) + 1), np.asarray(value, dtype=np.float64))
        for name, value in signals.items()
    }
    events = () if planted is None else (Event(planted, PLANTED),)
    return Run("made", "made", "made", series, axis=axis, events=events)


def planted(run: Run) -> float:
    """Return the step at which the fault of `run` was put."""
    (event,) = [event for event in run.events if event.kind == PLANTED]
    return event.step
