"""How many runs a difference needs: the power of the tests that `compare` makes.

Of pairs exact, by the noncentral t. Of groups over the scatter that Welch's test finds on either
side, as far as a grid of it goes: the noncentral t of a pooled test promises 10 points too much at
three runs a side.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from neural_trainer.runs.run import Array

MOST_RUNS = 10_000  # a side; more are no plan
_POOLED_FROM = 50  # runs a side from which Welch's test and a pooled one are the same to 0.1 %
_GRID = 48  # quantiles of the scatter of each side
_QUANTILES = 2000  # ... where there is one scatter


def power(
    effect: float, deviation: float, num_runs: int, *, paired: bool, level: float = 0.95
) -> float:
    """Return the chance that a true difference `effect` is found with `num_runs` a side.

    Found: the interval at `level` excludes none. deviation: of the differences of pairs where
    paired, else of one run; positive.

    >>> round(power(1.0, 1.0, 10, paired=True), 3)
    0.803
    """
    from scipy.special import nctdtr, ndtr, stdtrit

    if num_runs < 2:
        return 0.0
    centre = abs(effect) / _error(deviation, num_runs, paired)
    if not paired and num_runs < _POOLED_FROM:
        half = _half_widths(num_runs, level, paired)
        return float(np.mean(ndtr(centre - half) + ndtr(-centre - half)))
    degrees = num_runs - 1 if paired else 2 * (num_runs - 1)
    if centre == 0:
        return 1 - level
    limit = float(stdtrit(degrees, (1 + level) / 2))
    if centre > 30 + limit:  # beyond what the distribution can be computed for, and certain
        return 1.0
    # Found with the wrong sign: at most the normal tail beyond the centre, 3e-7 from 5 errors on,
    # where the function turns to NaN.
    wrong = nctdtr(degrees, centre, -limit) if centre < 5 else 0.0
    return float(1 - nctdtr(degrees, centre, limit) + wrong)


def equivalence_power(
    margin: float, deviation: float, num_runs: int, *, paired: bool, level: float = 0.95
) -> float:
    """Return the chance that the interval lies within `margin` where nothing differs."""
    from scipy.special import ndtr

    if num_runs < 2:
        return 0.0
    room = margin / _error(deviation, num_runs, paired) - _half_widths(num_runs, level, paired)
    return float(np.mean(np.where(room > 0, 2 * ndtr(room) - 1, 0.0)))


def runs_needed(chance: Callable[[int], float], wanted: float) -> int | None:
    """Return the fewest runs a side whose `chance` reaches `wanted`; None beyond MOST_RUNS.

    >>> runs_needed(lambda n: power(1.0, 1.0, n, paired=True), 0.8)
    10
    """
    high = 2
    while chance(high) < wanted:
        if high >= MOST_RUNS:
            return None
        high = min(2 * high, MOST_RUNS)
    low = max(1, high // 2)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if chance(middle) >= wanted else (middle, high)
    return high


def smallest(chance: Callable[[float], float], start: float, wanted: float) -> float:
    """Return the smallest size whose `chance` reaches `wanted`, to one part in 10,000."""
    low, high = 0.0, start
    while chance(high) < wanted:
        low, high = high, 2 * high
    while high - low > 1e-4 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if chance(middle) >= wanted else (middle, high)
    return high


def detectable(
    deviation: float, num_runs: int, *, paired: bool, level: float = 0.95, wanted: float = 0.8
) -> float:
    """Return the smallest true difference that is found with the chance `wanted`."""
    if num_runs < 2:
        return float("inf")

    def chance(effect: float) -> float:
        return power(effect, deviation, num_runs, paired=paired, level=level)

    return smallest(chance, _error(deviation, num_runs, paired), wanted)


def detectable_margin(
    deviation: float, num_runs: int, *, paired: bool, level: float = 0.95, wanted: float = 0.8
) -> float:
    """Return the smallest margin within which sameness is shown with the chance `wanted`."""
    if num_runs < 2:
        return float("inf")

    def chance(margin: float) -> float:
        return equivalence_power(margin, deviation, num_runs, paired=paired, level=level)

    return smallest(chance, _error(deviation, num_runs, paired), wanted)


@lru_cache(maxsize=64)
def _half_widths(num_runs: int, level: float, paired: bool) -> Array:
    """Return half the width of the interval, in true standard errors, at equally likely scatters.

    A sum of squares over its degrees of freedom is chi square's, one of the pairs or one of each
    group.
    """
    from scipy.special import chdtri, stdtrit

    count = _QUANTILES if paired else _GRID
    share = (np.arange(count) + 0.5) / count
    one = chdtri(num_runs - 1, share) / (num_runs - 1)  # found variance over the true one
    if paired:
        return np.asarray(stdtrit(num_runs - 1, (1 + level) / 2) * np.sqrt(one))
    left, right = np.meshgrid(one, one)
    degrees = (num_runs - 1) * (left + right) ** 2 / (left**2 + right**2)  # Satterthwaite
    return np.asarray(stdtrit(degrees, (1 + level) / 2) * np.sqrt((left + right) / 2)).ravel()


def _error(deviation: float, num_runs: int, paired: bool) -> float:
    return float(deviation * np.sqrt((1 if paired else 2) / num_runs))
