"""Fewer points of a series for a picture, with every extreme kept."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neural_trainer.runs.run import Array, Series


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


class Ranges(NamedTuple):
    """What lies in each stretch of an axis that holds a point; all (n,).

    x: the middle of the stretch; low, high, mean: of the values in it.
    """

    x: Array
    low: Array
    high: Array
    mean: Array


def ranges(x: Array, value: Array, edges: Array) -> Ranges:
    """Return the extremes and the mean of `value`, (n,), between each two of `edges`.

    x: (n,), not decreasing, each within the edges; what lies on the last edge counts. Values must
    be finite.
    """
    cuts = np.searchsorted(x, edges)
    cuts[-1] = len(x)
    starts, stops = cuts[:-1], cuts[1:]
    held = stops > starts
    firsts, num = starts[held], (stops - starts)[held]
    if not len(firsts):
        return Ranges(*(np.zeros(0) for _ in range(4)))
    low, high = np.minimum.reduceat(value, firsts), np.maximum.reduceat(value, firsts)
    mean = np.clip(np.add.reduceat(value, firsts) / num, low, high)  # a sum may round or overflow
    return Ranges(((edges[:-1] + edges[1:]) / 2)[held], low, high, mean)
