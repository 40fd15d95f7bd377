"""Fewer points of a series for a picture, with every extreme kept."""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Series


def envelope(series: Series, count: int) -> Series:
    """Return at most about `count` points: the lowest and highest of each of count / 2 buckets.

    A series of n <= count points is returned as it is; no spike is lost. Values must be finite.
    """
    n = len(series)
    if n <= count:
        return series
    size = -(-n // max(1, count // 2))
    whole = n - n % size
    rows = series.value[:whole].reshape(-1, size)
    starts = np.arange(0, whole, size)
    extremes = [starts + rows.argmin(axis=1), starts + rows.argmax(axis=1)]
    if whole < n:  # the last bucket holds what is left over
        rest = series.value[whole:]
        extremes.append(whole + np.array([rest.argmin(), rest.argmax()]))
    chosen = np.unique(np.concatenate([*extremes, [0, n - 1]]))
    return Series(
        series.step[chosen],
        series.value[chosen],
        None if series.time is None else series.time[chosen],
    )
