"""Slices of the items by what is known of them, and the group that does worst."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from neural_trainer.runs.run import Array
from neural_trainer.study.estimates import holm
from neural_trainer.study.validate.predictions import (
    HIGHER_IS_BETTER,
    Column,
    Predictions,
    item_scores,
)
from neural_trainer.study.validate.resampling import cluster_error, wilson

FEWEST = 10  # items of a slice; of fewer nothing is told
MOST_VALUES = 50  # of a column; numbers with more are cut at their quartiles
MOST_SLICES = 200


@dataclass(frozen=True)
class Slice:
    """One group: its score, the interval, and how far it lies from the rest.

    p: of no difference from the rest, corrected by Holm over all slices.
    """

    column: str
    value: str
    num: int
    score: float
    low: float
    high: float
    difference: float
    p: float


@dataclass(frozen=True)
class Slices:
    """Slices from the worst; score: what they are judged by. left_out: columns and why."""

    score: str
    rows: tuple[Slice, ...]
    left_out: tuple[str, ...]


def slices_of(p: Predictions, level: float) -> Slices:
    """Return the score of each group of the columns named."""
    name, values, weights = item_scores(p)
    rows: list[Slice] = []
    left_out: list[str] = []
    for column, what in p.slices.items():
        groups = grouped(what)
        if groups is None:
            left_out.append(f"{column}: more than {MOST_VALUES} values, and no numbers")
            continue
        few = 0
        for value in np.unique(groups):
            within = groups == value
            if within.sum() < FEWEST or (~within).sum() < FEWEST:
                few += 1
            elif len(rows) < MOST_SLICES:
                rows.append(_one(p, column, str(value), within, values, weights, level))
        if few:
            left_out.append(f"{column}: {few} groups of fewer than {FEWEST} items, or all but")
    corrected = holm([row.p for row in rows])
    rows = [replace(row, p=one) for row, one in zip(rows, corrected, strict=True)]
    sign = 1 if HIGHER_IS_BETTER[name] else -1
    return Slices(name, tuple(sorted(rows, key=lambda row: sign * row.score)), tuple(left_out))


def grouped(values: Column) -> Column | None:
    """Return a name of the group of each item; None where there are too many to tell apart.

    >>> grouped(np.array(["a", "b"])).tolist()
    ['a', 'b']
    """
    if values.dtype.kind in "iuf" and len(np.unique(values)) > MOST_VALUES:
        cuts = np.unique(np.nanquantile(values, [0, 0.25, 0.5, 0.75, 1]))
        place = np.clip(np.searchsorted(cuts, values, "left") - 1, 0, len(cuts) - 2)
        names = [f"{a:.4g}..{b:.4g}" for a, b in pairwise(cuts)]
        return np.where(np.isfinite(values), np.array(names)[place], "missing")
    names_of = np.array([str(value) for value in values])
    return names_of if len(np.unique(names_of)) <= MOST_VALUES else None


def _one(
    p: Predictions, column: str, value: str, within: Column, values: Array, weights: Array,
    level: float,
) -> Slice:  # fmt: skip
    from scipy.special import stdtr, stdtrit
    from scipy.stats import fisher_exact

    num = int(within.sum())
    mean, error, count = cluster_error(values[within], weights[within], p.of_cluster[within])
    rest, _, _ = cluster_error(values[~within], weights[~within], p.of_cluster[~within])
    is_rate = p.task == "classification" and p.clusters is None
    if is_rate:
        hits, others = values[within].sum(), values[~within].sum()
        low, high = wilson(float(hits), num, level)
        table = [[hits, num - hits], [others, len(p) - num - others]]
        chance = float(fisher_exact(np.array(table, dtype=int)).pvalue)
    else:
        half = error * float(stdtrit(max(count - 1, 1), (1 + level) / 2))
        low, high = mean - half, mean + half
        # What each item adds to the difference; a cluster may lie in both groups.
        share = np.where(within, weights / weights[within].sum(), -weights / weights[~within].sum())
        parts = np.bincount(p.of_cluster, share * (values - np.where(within, mean, rest)))
        n = len(parts)
        gap_error = float((n / max(n - 1, 1) * (parts**2).sum()) ** 0.5)
        if gap_error > 0:
            chance = 2 * float(stdtr(max(n - 1, 1), -abs(mean - rest) / gap_error))
        else:
            chance = 1.0
    return Slice(column, value, num, mean, low, high, mean - rest, chance)
