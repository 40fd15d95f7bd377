"""Estimates: a number with its interval, and whether the data hold it at both ends."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from neural_trainer.runs.run import Array

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A value and its 95 % interval; an infinite end, or one at zero, was not found in the data.

    why: why the value is not identified, empty where it is.
    """

    value: float
    low: float
    high: float
    why: str = ""

    @property
    def identified(self) -> bool:
        """Whether the data hold the value at both ends."""
        return not self.why

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends."""
        return self.low, self.high

    def holds(self, value: float) -> bool:
        """Return whether `value` lies in the interval."""
        return self.low <= value <= self.high

    @property
    def factor(self) -> float:
        """How many times the lower end the upper one is; infinite where an end is open."""
        return self.high / self.low if self.low > 0 else math.inf


def percentiles(samples: Array) -> tuple[float, float]:
    """Return both ends of the percentile interval of samples, (b,), of which some may be infinite.

    The ends are samples themselves: between a number and infinity nothing lies.
    """
    ordered = np.sort(samples)
    tail = (1 - LEVEL) / 2 * (len(ordered) - 1)
    return float(ordered[math.floor(tail)]), float(ordered[math.ceil(len(ordered) - 1 - tail)])


def student(slope: float, error: float, freedom: int) -> Estimate:
    """Return the estimate of a value with a standard error on so many degrees of freedom."""
    from scipy.stats import t

    half = float(t.ppf((1 + LEVEL) / 2, freedom)) * float(error) if freedom > 0 else math.inf
    why = "" if freedom > 0 else "as many parameters as points"
    return Estimate(slope, slope - half, slope + half, why)
