"""How many runs a difference needs: the power of t tests, exact by the noncentral t."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

MOST_RUNS = 10_000  # a side; more are no plan
_QUANTILES = 2000  # points at which the scatter that a study finds is taken


def power(
    effect: float, deviation: float, num_runs: int, *, paired: bool, level: float = 0.95
) -> float:
    """Return the chance that a true difference `effect` is found with `num_runs` a side.

    Found: the interval at `level` excludes none. deviation: of the differences of pairs where
    paired, else of one run; positive.

    >>> round(power(1.0, 1.0, 10, paired=True), 3)
    0.803
    """
    from scipy.special import stdtrit
    from scipy.stats import nct

    degrees = num_runs - 1 if paired else 2 * (num_runs - 1)
    if degrees < 1:
        return 0.0
    centre = abs(effect) / _error(deviation, num_runs, paired)
    if centre == 0:
        return 1 - level
    limit = float(stdtrit(degrees, (1 + level) / 2))
    if centre > 30 + limit:  # beyond what the distribution can be computed for, and certain
        return 1.0
    return float(nct.sf(limit, degrees, centre) + nct.cdf(-limit, degrees, centre))


def equivalence_power(
    margin: float, deviation: float, num_runs: int, *, paired: bool, level: float = 0.95
) -> float:
    """Return the chance that the interval lies within `margin` where nothing differs.

    Over the scatter that a study finds (chi square), the share of means that leave room for it.
    """
    from scipy.special import chdtri, ndtr, stdtrit

    degrees = num_runs - 1 if paired else 2 * (num_runs - 1)
    if degrees < 1:
        return 0.0
    share = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    found = np.sqrt(chdtri(degrees, share) / degrees)  # deviation found over the true one
    error = _error(deviation, num_runs, paired)
    room = margin / error - float(stdtrit(degrees, (1 + level) / 2)) * found
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


def detectable(
    deviation: float, num_runs: int, *, paired: bool, level: float = 0.95, wanted: float = 0.8
) -> float:
    """Return the smallest true difference that is found with the chance `wanted`."""
    if num_runs < 2:
        return float("inf")
    from scipy.optimize import brentq

    unit = _error(deviation, num_runs, paired)

    def lacking(errors: float) -> float:
        found = power(errors * unit, deviation, num_runs, paired=paired, level=level)
        return found - wanted

    high = 4.0
    while lacking(high) < 0:
        high *= 2
    return float(brentq(lacking, 1e-6, high)) * unit


def detectable_with_margin(
    deviation: float, num_runs: int, *, paired: bool, level: float = 0.95, wanted: float = 0.8
) -> float:
    """Return the smallest margin within which sameness is shown with the chance `wanted`."""
    if num_runs < 2:
        return float("inf")
    low, high = 0.0, _error(deviation, num_runs, paired)
    while _shown(high, deviation, num_runs, paired, level) < wanted:
        high *= 2
    while high - low > 1e-4 * high:
        middle = (low + high) / 2
        enough = _shown(middle, deviation, num_runs, paired, level) >= wanted
        low, high = (low, middle) if enough else (middle, high)
    return high


def _shown(margin: float, deviation: float, num_runs: int, paired: bool, level: float) -> float:
    return equivalence_power(margin, deviation, num_runs, paired=paired, level=level)


def _error(deviation: float, num_runs: int, paired: bool) -> float:
    return float(deviation * np.sqrt((1 if paired else 2) / num_runs))
