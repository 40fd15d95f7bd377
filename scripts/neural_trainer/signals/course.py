"""The course of a series without its noise: medians of blocks, levels of
stretches, slopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.run import Array, Series
from neural_trainer.signals.centre import median


def blocks(series: Series, count: int) -> Series:
    """Return at most `count` points: the middle step and the median value of equal blocks.

    A series of n <= count points is returned as it is. Values must be finite.
    """
    n = len(series)
    if n <= count:
        return series
    size = -(-n // count)
    whole = n - n % size  # the last block holds what is left over
    step = series.step[:whole].reshape(-1, size)[:, (size - 1) // 2]
    value = np.median(series.value[:whole].reshape(-1, size), axis=1)
    if whole < n:
        step = np.append(step, series.step[(whole + n - 1) // 2])
        value = np.append(value, median(series.value[whole:]))
    return Series(step, value)


def smooth(value: Array, window: int) -> Array:
    """Return the centred running median of `value`, (n,), over `window` points, ends shortened."""
    half = window // 2
    if half == 0 or len(value) < 3:
        return value
    padded = np.concatenate([np.full(half, np.nan), value, np.full(half, np.nan)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    # NaN comes last. numpy's nanmedian gives the same and takes five times as long.
    ordered = np.sort(windows, axis=1)
    known = np.count_nonzero(ordered == ordered, axis=1)
    rows = np.arange(len(value))
    middle = ordered[rows, (known - 1) // 2] + ordered[rows, known // 2]
    return np.asarray(middle / 2, dtype=np.float64)


@dataclass(frozen=True)
class Slope:
    """A fitted slope and its standard error, in units of value per unit of x."""

    slope: float
    error: float

    @property
    def z(self) -> float:
        """The slope in standard errors; 0 where nothing varies."""
        return self.slope / self.error if self.error > 0 else 0.0


def slope(x: Array, value: Array) -> Slope:
    """Return the least-squares slope of `value` on `x`, both (n,), n >= 4.

    The error allows for autocorrelated residuals (Newey and West 1987, Econometrica 55, with
    Bartlett weights over n^(1/3) lags), so that pure noise is not taken for a trend.
    """
    n = len(x)
    centred = x - x.mean()
    spread = float(centred @ centred)
    if n < 4 or spread == 0.0:
        return Slope(0.0, float("inf"))
    estimate = float(centred @ (value - value.mean())) / spread
    score = centred * (value - value.mean() - estimate * centred)
    variance = float(score @ score)
    lags = max(1, round(n ** (1 / 3)))
    for lag in range(1, lags + 1):
        variance += 2 * (1 - lag / (lags + 1)) * float(score[lag:] @ score[:-lag])
    variance = max(variance, 0.0) * n / (n - 2)
    return Slope(estimate, float(np.sqrt(variance)) / spread)


def head(value: Array, share: float) -> Array:
    """Return the first `share` of `value`, at least three points (or all there are)."""
    return value[: max(3, round(share * len(value)))]


def tail(value: NDArray[Any], share: float) -> NDArray[Any]:
    """Return the last `share` of `value`, at least three points (or all there are)."""
    return value[-max(3, round(share * len(value))) :]
