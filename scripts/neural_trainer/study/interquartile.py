"""Returns of reinforcement learning: the interquartile mean, by stratified bootstrap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neural_trainer.errors import ConfigError
from neural_trainer.runs.run import Array
from neural_trainer.study.estimates import LEVEL, Estimate, unknown

FEW = 20  # runs a side below which an interval by resampling alone is too narrow
RESAMPLES = 4000
CUT = 0.25  # of the scores at either end


def interquartile_mean(score: Array) -> Array:
    """Return the mean of the middle half of the last axis of `score`, (..., n).

    A quarter of n is rounded down, as rliable does it: of three scores none is cut.

    >>> float(interquartile_mean(np.array([0.0, 1.0, 2.0, 100.0])))
    1.5
    """
    n = score.shape[-1]
    cut = int(CUT * n)
    middle = np.sort(score, axis=-1)[..., cut : n - cut]
    return np.asarray(middle.mean(axis=-1))


def of_returns(before: Sequence[Array], after: Sequence[Array], level: float = LEVEL) -> Estimate:
    """Return the difference of interquartile means; each array holds the scores of one task.

    Runs are drawn anew within each task and side (Agarwal et al. 2021, arXiv:2108.13264, section
    4). So few runs as labs can pay for make that interval too narrow: below 20 a side, of a single
    task, it is widened to Yuen's for trimmed means (1974, Biometrika 61) where that is wider.
    """
    left, right = np.concatenate(before), np.concatenate(after)
    difference = float(interquartile_mean(right) - interquartile_mean(left))
    n, m = len(left), len(right)
    if min(map(len, (*before, *after))) < 2:
        return unknown(difference, level, n, m)
    generator = np.random.default_rng(0)
    drawn = np.sort(_drawn(after, generator) - _drawn(before, generator))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    beyond = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    p = min(1.0, 2 * (beyond + 1) / (len(drawn) + 1))
    error, degrees = float(drawn.std(ddof=1)), float("inf")
    if len(before) == 1 and min(n, m) < FEW:
        half, error, degrees, by_yuen = _yuen(left, right, difference, level)
        low, high = min(low, difference - half), max(high, difference + half)
        p = max(p, by_yuen)
    limits = float(low), float(high)
    return Estimate(difference, *limits, error, degrees, p, level, "bootstrap", n, m)


def _drawn(tasks: Sequence[Array], generator: np.random.Generator) -> Array:
    """Return interquartile means, (RESAMPLES,), of runs drawn anew within each task."""
    parts = [task[generator.integers(0, len(task), (RESAMPLES, len(task)))] for task in tasks]
    return interquartile_mean(np.concatenate(parts, axis=1))


def _yuen(
    before: Array, after: Array, difference: float, level: float
) -> tuple[float, float, float, float]:
    """Return half the width of Yuen's interval, the standard error, degrees of freedom and p."""
    from scipy.special import stdtr, stdtrit

    parts, degrees = [], []
    for score in (before, after):
        n, cut = len(score), int(CUT * len(score))
        ordered = np.sort(score)
        winsorised = np.clip(ordered, ordered[cut], ordered[n - cut - 1])
        kept = n - 2 * cut
        parts.append((n - 1) * float(winsorised.var(ddof=1)) / (kept * (kept - 1)))
        degrees.append(kept - 1)
    total = sum(parts)
    if total == 0:
        return 0.0, 0.0, float(sum(degrees)), 1.0 if difference == 0 else 0.0
    error = float(np.sqrt(total))
    freedom = total**2 / sum(part**2 / d for part, d in zip(parts, degrees, strict=True))
    p = 2 * float(stdtr(freedom, -abs(difference) / error))
    return error * float(stdtrit(freedom, (1 + level) / 2)), error, freedom, p


def score_range(text: str) -> tuple[str, tuple[float, float]]:
    """Return the task of TASK=LOW:HIGH and its range. Raises ConfigError.

    >>> score_range("Pong=-20.7:14.6")
    ('Pong', (-20.7, 14.6))
    """
    task, equals, limits = text.rpartition("=")
    low, _, high = limits.partition(":")
    try:
        found = float(low), float(high)
    except ValueError:
        found = 0.0, 0.0
    if not (task and equals and found[0] < found[1]):
        raise ConfigError(f"--score-range {text}: expected TASK=LOW:HIGH, LOW below HIGH")
    return task, found
