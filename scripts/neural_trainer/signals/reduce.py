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
    edges = np.linspace(0, n, max(1, count // 2) + 1).astype(np.int64)[:-1]
    lowest = np.minimum.reduceat(series.value, edges)
    highest = np.maximum.reduceat(series.value, edges)
    bucket = np.repeat(np.arange(len(edges)), np.diff(np.append(edges, n)))
    keep = np.flatnonzero((series.value == lowest[bucket]) | (series.value == highest[bucket]))
    first = np.ones(len(keep), dtype=bool)  # of equal extremes in one bucket the first is enough
    first[1:] = (bucket[keep][1:] != bucket[keep][:-1]) | (
        series.value[keep][1:] != series.value[keep][:-1]
    )
    chosen = np.union1d(keep[first], [0, n - 1])
    return Series(
        series.step[chosen],
        series.value[chosen],
        None if series.time is None else series.time[chosen],
    )
