"""Counters of a text log that are written with a total, and what the total tells of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neural_trainer.runs.line_plans import Counter
from neural_trainer.runs.run import Array
from neural_trainer.runs.text_log import Group

MOSTLY_BACK = 0.3  # share of steps that go back; beyond it they count inside something else


def counts_up(value: Array) -> bool:
    """Return whether a counter goes up, for the most part."""
    steps = np.diff(value)
    return bool((steps > 0).any() and (steps < 0).mean() <= MOSTLY_BACK)


def told_apart(group: Group, table: Array) -> tuple[Group, Array]:
    """Return the lines with `epoch/iter: 20/5399` as an epoch and a step: its total goes up.

    So fast-reid counts, and WeNet's `Batch 4/203700`.
    """
    size = len(group.plan.counters)
    for i, counter in enumerate(group.plan.counters):
        total = table[:, 1 + size + i]
        if counter.bar or counter.total < 0 or not np.isfinite(total).all() or not counts_up(total):
            continue
        if len(np.unique(table[:, 1 + i])) >= len(np.unique(total)):
            continue
        others = [other for j, other in enumerate(group.plan.counters) if j != i]
        two = (Counter("epoch", counter.at), Counter("batch", counter.total))
        kinds = {kind for other in others if (kind := other.kind)}
        if kinds & {"epoch", "batch"}:
            continue
        keep = [1 + j for j in range(size) if j != i]
        unknown = np.full((len(table), 2), np.nan)
        parts = [table[:, [0, 1 + i, 1 + size + i]], table[:, keep], unknown]
        parts += [table[:, [at + size for at in keep]], table[:, 1 + 2 * size :]]
        plan = group.plan._replace(counters=(*two, *others))
        return replace(group, plan=plan), np.concatenate(parts, axis=1)
    return group, table


def in_one_unit(value: Array, total: Array) -> Array:
    """Return positions in the unit of the longest total, where they go back and their share not.

    The PyTorch examples count samples by the size of the batch at hand, the last of which is
    smaller: `[8320/9024 (92%)]`, then `[5600/5640 (99%)]`.
    """
    if not (np.isfinite(total).all() and total.min() > 0) or total.min() == total.max():
        return value
    share = value / total
    other = np.flatnonzero(total < total.max())
    ends = other[0] > 0 and bool((share[other] > share[other - 1]).all())
    return share * float(total.max()) if ends else value
