"""A difference of means between two groups of runs, with its interval and its p-value.

Intervals are t-based at every number of runs. Twenty and more could be drawn anew instead, but
where both sides are skewed or heavy-tailed alike that covers less: `make bench-compare`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from neural_trainer.runs.run import Array

LEVEL = 0.95

Method = Literal["paired t", "Welch t", "pooled t", "blocks t", "bootstrap", "none"]


@dataclass(frozen=True)
class Estimate:
    """The difference after minus before, `low` to `high` at `level`.

    error: its standard error. p: of no difference, two-sided. num_before, num_after: values behind
    it; pairs count on both sides. Infinite limits and a p of 1 where the scatter is not known.
    """

    difference: float
    low: float
    high: float
    error: float
    degrees: float
    p: float
    level: float
    method: Method
    num_before: int
    num_after: int

    def within(self, margin: float) -> bool:
        """Return whether the whole interval lies within `margin` of no difference."""
        return -margin <= self.low and self.high <= margin


def of_pairs(difference: Array, level: float = LEVEL) -> Estimate:
    """Return the mean of paired differences, (n,), with its t interval.

    >>> round(of_pairs(np.array([1.0, 2.0, 3.0])).high, 3)
    4.484
    """
    n = len(difference)
    mean = float(difference.mean())
    if n < 2:
        return unknown(mean, level, n, n)
    error = float(difference.std(ddof=1)) / n**0.5
    return by_t(mean, error, n - 1, level, "paired t", n, n)


def of_groups(before: Array, after: Array, level: float = LEVEL) -> Estimate:
    """Return the difference of two means, (n,) and (m,), by Welch's t.

    One run on a side has no scatter of its own: that of the other side stands for both.
    """
    n, m = len(before), len(after)
    mean = float(after.mean() - before.mean())
    if max(n, m) < 2:
        return unknown(mean, level, n, m)
    if min(n, m) < 2:
        spread = float((before if n > m else after).std(ddof=1))
        return by_t(mean, spread * (1 / n + 1 / m) ** 0.5, n + m - 2, level, "pooled t", n, m)
    left, right = float(before.var(ddof=1)) / n, float(after.var(ddof=1)) / m
    total, degrees = left + right, float(n + m - 2)
    if total > 0:  # Welch 1947, Biometrika 34; degrees of freedom by Satterthwaite
        degrees = total**2 / (left**2 / (n - 1) + right**2 / (m - 1))
    return by_t(mean, total**0.5, degrees, level, "Welch t", n, m)


def holm(p: list[float]) -> list[float]:
    """Return p-values of several questions, corrected by Holm 1979 (Scand. J. Statist. 6).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    corrected, largest = [0.0] * len(p), 0.0
    for rank, index in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        largest = max(largest, min(1.0, (len(p) - rank) * p[index]))
        corrected[index] = largest
    return corrected


def by_t(
    mean: float, error: float, degrees: float, level: float, method: Method, n: int, m: int
) -> Estimate:
    """Return a difference whose standard error and degrees of freedom are given."""
    from scipy.special import stdtr, stdtrit

    if error == 0:
        p = 1.0 if mean == 0 else 0.0
        return Estimate(mean, mean, mean, error, degrees, p, level, method, n, m)
    half = error * float(stdtrit(degrees, (1 + level) / 2))
    p = 2 * float(stdtr(degrees, -abs(mean) / error))
    return Estimate(mean, mean - half, mean + half, error, degrees, p, level, method, n, m)


def unknown(mean: float, level: float, n: int, m: int) -> Estimate:
    """Return a difference of which nothing tells the scatter."""
    inf, nan = float("inf"), float("nan")
    return Estimate(mean, -inf, inf, nan, 0, 1.0, level, "none", n, m)
