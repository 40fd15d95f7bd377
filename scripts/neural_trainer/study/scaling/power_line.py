"""A power law through few points: a straight line in the logarithms, with Student's intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.intervals import Estimate, student

KNOWN = 1000  # degrees of freedom of a scatter that many draws have told


@dataclass(frozen=True, eq=False)
class PowerLine:
    """y = coefficient x^exponent by least squares on logarithms.

    centre, level: mean of log x and of log y. scatter: standard deviation about the line, known on
    so many degrees of `freedom`.
    """

    exponent: Estimate
    coefficient: Estimate
    centre: float
    level: float
    spread: float
    scatter: float
    count: int
    freedom: int

    def told(self) -> PowerLine:
        """Return the line with its exponent and coefficient as its scatter tells them."""
        told = student(self.exponent.value, self.scatter / np.sqrt(self.spread), self.freedom)
        line = replace(self, exponent=replace(told, why=self.exponent.why or told.why))
        return replace(line, coefficient=line.at(1.0))

    def widened(self, scatter: float) -> PowerLine:
        """Return the line with a scatter known from elsewhere, where that is the wider interval.

        A few points may happen to lie close to their line.
        """
        other = replace(self, scatter=scatter, freedom=KNOWN).told()
        wider = other.exponent.high - other.exponent.low > self.exponent.high - self.exponent.low
        return other if wider else self

    def at(self, x: float, new: bool = False) -> Estimate:
        """Return y at x with the interval of the line, or of a `new` point about it."""
        away = np.log(x) - self.centre
        own = 1.0 if new else 0.0
        error = self.scatter * float(np.sqrt(own + 1 / self.count + away**2 / self.spread))
        value = student(self.level + self.exponent.value * float(away), error, self.freedom)
        return Estimate(
            float(np.exp(value.value)),
            float(np.exp(value.low)) if np.isfinite(value.low) else 0.0,
            float(np.exp(min(value.high, 700))) if np.isfinite(value.high) else np.inf,
            self.exponent.why,
        )


def power_line(x: Array, y: Array, why: str = "") -> PowerLine:
    """Return the line through (n,) points; two leave no interval. why: as of Estimate."""
    logs, values = np.log(x), np.log(y)
    centre, level = float(logs.mean()), float(values.mean())
    spread = float(((logs - centre) ** 2).sum())
    slope = float(((logs - centre) * (values - level)).sum() / spread)
    residual = values - level - slope * (logs - centre)
    freedom = len(logs) - 2
    scatter = float(np.sqrt((residual**2).sum() / freedom)) if freedom > 0 else np.inf
    first = Estimate(slope, slope, slope, why)
    return PowerLine(first, first, centre, level, spread, scatter, len(logs), freedom).told()
