"""Scores of the folds of a cross-validation, with an interval that knows they share their data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Folds:
    """A score of each fold; error: of their mean, corrected; share: test over training items."""

    score: str
    how: str
    values: tuple[float, ...]
    nums: tuple[int, ...]
    mean: float
    low: float
    high: float
    error: float
    share: float
    notes: tuple[str, ...] = ()


def folds_of(
    score: str, how: str, values: Sequence[float], nums: Sequence[int], share: float,
    level: float, notes: tuple[str, ...] = (),
) -> Folds:  # fmt: skip
    """Return the mean over folds with its corrected interval.

    The variance of a mean over k folds is taken as (1/k + share) times that of folds: training
    sets overlap (Nadeau and Bengio 2003, Mach. Learn. 52, section 3).
    """
    mean, low, high, error = corrected(values, share, level)
    return Folds(score, how, tuple(values), tuple(nums), mean, low, high, error, share, notes)


def corrected(
    values: Sequence[float], share: float, level: float
) -> tuple[float, float, float, float]:
    """Return mean, low, high and standard error of scores, or of differences of scores.

    >>> [round(one, 3) for one in corrected([0.9, 0.8, 0.85, 0.95, 0.8], 0.25, 0.95)]
    [0.86, 0.739, 0.981, 0.044]
    """
    from scipy.special import stdtrit

    found = np.asarray(values, dtype=float)
    mean = float(found.mean())
    if len(found) < 2:
        return mean, float("nan"), float("nan"), float("nan")
    error = float(((1 / len(found) + share) * found.var(ddof=1)) ** 0.5)
    half = error * float(stdtrit(len(found) - 1, (1 + level) / 2))
    return mean, mean - half, mean + half, error


def corrected_p(differences: Sequence[float], share: float) -> float:
    """Return p of no difference between two models over the same folds."""
    from scipy.special import stdtr

    mean, _, _, error = corrected(differences, share, 0.95)
    if not error > 0:
        return 1.0 if mean == 0 or len(differences) < 2 else 0.0
    return 2 * float(stdtr(len(differences) - 1, -abs(mean) / error))
