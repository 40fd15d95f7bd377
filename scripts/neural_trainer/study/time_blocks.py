"""One run a side: the difference of two curves over blocks of their last stretch."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from neural_trainer.runs.run import Array, Series
from neural_trainer.signals.course import tail
from neural_trainer.study.ends import END
from neural_trainer.study.estimates import Estimate, by_t, unknown

MOST_BLOCKS = 20
FEWEST_BLOCKS = 3
FEWEST_POINTS = 5  # of a curve, if it has them, however short its last tenth is
FEWEST_FOR_MEMORY = 10  # blocks from which their correlation can be told


def of_blocks(before: Series, after: Series, level: float) -> Estimate:
    """Return the difference over the last tenth of both curves, paired over blocks of it.

    A straight trend of the difference is no noise. Where a block's noise remembers that of the one
    before, the error is that of a first-order autoregression. Both curves hold finite points alone.
    """
    left, right = _last(before, after), _last(after, before)
    if min(len(left), len(right)) == 0:
        return unknown(float("nan"), level, 1, 1)
    difference = _by_block(left, right)
    n = len(difference)
    if n < FEWEST_BLOCKS:
        return unknown(float(difference.mean()), level, 1, 1)
    place = np.arange(n) - (n - 1) / 2
    trend = float(place @ difference) / float(place @ place)
    rest = difference - difference.mean() - trend * place
    memory = _memory(rest) if n >= FEWEST_FOR_MEMORY else 0.0
    variance = float(rest @ rest) / (n - 2) / n * (1 + memory) / (1 - memory)
    degrees = max(1.0, n * (1 - memory) / (1 + memory) - 2)
    return by_t(float(difference.mean()), variance**0.5, degrees, level, "blocks t", 1, 1)


def _last(series: Series, other: Series) -> Series:
    """Return the stretch in which both hold their last tenth, or FEWEST_POINTS."""
    begins = [
        s.step[-min(len(s), max(FEWEST_POINTS, len(tail(s.step, END))))] for s in (series, other)
        if len(s)
    ]  # fmt: skip
    return series.where(series.step >= min(begins)) if len(begins) == 2 else series


def _by_block(left: Series, right: Series) -> Array:
    """Return the difference of the medians of blocks that hold points of both curves, (n,)."""
    coarse = left if len(left) <= len(right) else right
    pieces = np.array_split(coarse.step, min(MOST_BLOCKS, len(coarse)))
    edges = [(a[-1] + b[0]) / 2 for a, b in pairwise(pieces)]
    where = [np.searchsorted(edges, series.step) for series in (left, right)]
    found = []
    for block in range(len(pieces)):
        one, two = left.value[where[0] == block], right.value[where[1] == block]
        if len(one) and len(two):
            found.append(float(np.median(two) - np.median(one)))
    return np.array(found)


def _memory(rest: Array) -> float:
    """Return the correlation of neighbours, not below 0; what a fitted line takes of it added.

    The estimate falls short by about (2 + 4 r) / n (Marriott and Pope 1954, Biometrika 41).
    """
    n, total = len(rest), float(rest @ rest)
    if total == 0:
        return 0.0
    seen = float(rest[1:] @ rest[:-1]) / total
    return float(np.clip((seen + 2 / n) / (1 - 4 / n), 0.0, 0.9))
