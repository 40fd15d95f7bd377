"""Levels of many series at once, a column each; what was not measured (NaN) is passed over."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.run import Array
from neural_trainer.signals.noise import MAD_TO_SD

Columns = NDArray[Any]


def quantile(table: Columns, share: float) -> Array:
    """Return the quantile of each column of `table`, (n, m), by nearest rank; NaN for an empty one.

    >>> quantile(np.array([[1.0, np.nan], [3.0, np.nan], [2.0, 5.0]]), 0.5)
    array([2., 5.])
    """
    if len(table) == 0:
        return np.full(table.shape[1], np.nan)
    ordered = np.sort(table, axis=0)  # NaN last
    count = (~np.isnan(table)).sum(axis=0)
    rank = np.clip(np.round(share * (count - 1)), 0, None).astype(np.intp)
    return np.asarray(np.take_along_axis(ordered, rank[None], axis=0)[0], dtype=np.float64)


def median(table: Columns) -> Array:
    """Return the median of each column of `table`, (n, m); NaN for an empty one."""
    return quantile(table, 0.5)


def deviation(table: Columns) -> Array:
    """Return the robust standard deviation of each column of `table`, (n, m): 1.4826 x MAD."""
    return MAD_TO_SD * median(np.abs(table - median(table)))


def over_time(table: Columns, count: int) -> Array:
    """Return the medians, (count, m), of `count` stretches of the rows of `table`, (n, m)."""
    cuts = np.round(np.linspace(0, len(table), count + 1)).astype(int)
    return np.stack([median(table[a:b]) for a, b in itertools.pairwise(cuts.tolist())])


def share(holds: NDArray[np.bool_], known: NDArray[np.bool_]) -> Array:
    """Return the share of the rows where it is known in which it holds, by column; NaN for none."""
    num = known.sum(axis=0)
    return np.asarray(np.where(num, (holds & known).sum(axis=0) / np.maximum(num, 1), np.nan))


def decades(table: Columns) -> Array:
    """Return log10 of `table`; NaN where it is zero, negative or not finite."""
    wide = np.asarray(table, dtype=np.float64)
    positive = np.isfinite(wide) & (wide > 0)
    return np.where(positive, np.log10(np.where(positive, wide, 1.0)), np.nan)
