"""Passes over data in a text log that their length alone tells apart: training, then held out.

`Epoch: [7][0/250] … Loss 4.5` and below it `[0/313] … Loss 4.7`, in each epoch: the names are the
same, the totals are not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from neural_trainer.runs import names
from neural_trainer.runs.line_keys import is_known
from neural_trainer.runs.line_plans import MEAN_OF, Counter
from neural_trainer.runs.line_times import is_told_beside
from neural_trainer.runs.run import Array
from neural_trainer.runs.text_log import Group

_FEWEST = 3  # stretches of one total: a training that goes on with another batch size makes two
_FEWEST_OF_FEW = 4  # where held-out data are not looked at in each epoch
_OF_TRAINING_ALONE = ("step_time_s", "data_time_s", "lr")

Gathered = tuple[Group, Array]


class _Part(NamedTuple):
    """Lines that count positions of a pass. at: the column of the position."""

    group: Group
    table: Array
    at: int

    @property
    def total(self) -> Array:
        return self.table[:, self.at + len(self.group.plan.counters)]

    @property
    def keys(self) -> set[str]:
        return {key for key in self.group.keys if is_known(key)}

    @property
    def epoch(self) -> Array:
        """The epoch of each line, NaN where none is told."""
        kinds = [counter.kind for counter in self.group.plan.counters]
        if "epoch" not in kinds:
            return np.full(len(self.table), np.nan)
        return self.table[:, 1 + kinds.index("epoch")]


def with_held_out(tables: Iterable[Gathered]) -> list[Gathered]:
    """Return the lines with those of a second pass in each epoch as of held-out data."""
    tables = [_with_position(group, table) for group, table in tables]
    parts = [part for group, table in tables if (part := _part(group, table)) is not None]
    second = _second(parts)
    done = list[Gathered]()
    for group, table in tables:
        part = _part(group, table)
        if part is None or second is None:
            done.append(_without_means(group, table))
            continue
        held_out = part.total == second
        if not held_out.all():
            done.append(_without_means(group, table[~held_out]))
        if held_out.any():
            done.append(_as_held_out(group, table[held_out]))
    return done


def _with_position(group: Group, table: Array) -> Gathered:
    """Return `468 469 Loss: 0.1` as a position and its total, rather than an epoch and a batch.

    Where of each of two totals the last position is there.
    """
    at = [(counter.kind, counter.at, counter.name) for counter in group.plan.counters]
    if at != [("epoch", 0, ""), ("batch", 1, "")] or np.isfinite(table[:, 3:5]).any():
        return group, table
    position, total = table[:, 1], table[:, 2]
    totals = np.unique(total)
    ends = [total_ - position[total == total_].max() for total_ in totals]
    if len(totals) != 2 or not all(end in (0, 1) for end in ends):
        return group, table
    plan = group.plan._replace(counters=(Counter("batch", 0, 1),))
    return replace(group, plan=plan), np.delete(table, [3, 4], axis=1)


def _part(group: Group, table: Array) -> _Part | None:
    """Return lines that may be of either pass, None where they name a split or no total."""
    if group.plan.evaluated or not any(map(is_known, group.keys)):
        return None
    if any(names.split(key) != "train" or "train" in key.lower() for key in group.keys):
        return None
    for at, counter in enumerate(group.plan.counters, 1):
        if counter.kind in ("batch", "step") and counter.total >= 0 and not counter.bar:
            part = _Part(group, table, at)
            return part if np.isfinite(part.total).all() else None
    return None


def _second(parts: list[_Part]) -> float | None:
    """Return the total of the second pass in each epoch, None where there are no two in turn."""
    if not parts or not set.intersection(*(part.keys for part in parts)):
        return None
    first = parts[0].total[0]
    if all((part.total == first).all() for part in parts):
        return None
    rows = [np.stack([p.table[:, 0], p.table[:, p.at], p.total, p.epoch]) for p in parts]
    together = np.concatenate(rows, axis=1)
    _, position, total, epoch = together[:, np.argsort(together[0])]
    if len(np.unique(total)) != 2:
        return None
    second = float(total[total != total[0]][0])
    held_out, told = total == second, np.isfinite(epoch)
    changes = np.diff(total) != 0
    again = (np.diff(position) < 0) & ~changes
    ahead = changes & held_out[1:] & (np.diff(epoch) != 0) & told[1:]
    if ahead.any() or (again & held_out[1:]).any():  # in its own epoch, or in several
        return None
    fewest = _FEWEST_OF_FEW if again.any() else _FEWEST
    below = bool((told != held_out).all())  # the second has no epoch, the first has
    return second if below or changes.sum() + 1 >= fewest else None


def _without_means(group: Group, table: Array) -> Gathered:
    """Return lines without the means that `_as_held_out` needs."""
    keep = [i for i, key in enumerate(group.keys) if not key.startswith(MEAN_OF)]
    return (group, table) if len(keep) == len(group.keys) else _of(group, table, keep, "")


def _as_held_out(group: Group, table: Array) -> Gathered:
    """Return lines as of held-out data, each metric as its mean over the pass where told."""
    means = {key.removeprefix(MEAN_OF): i for i, key in enumerate(group.keys) if MEAN_OF in key}
    keep = [
        means.get(key, i)
        for i, key in enumerate(group.keys)
        if i not in means.values()
        and names.canonical(key) not in _OF_TRAINING_ALONE
        and not is_told_beside(key)
    ]
    return _of(replace(group, plan=group.plan._replace(evaluated=True)), table, keep, "eval/")


def _of(group: Group, table: Array, keep: list[int], prefix: str) -> Gathered:
    keys = [prefix + group.keys[i].removeprefix(MEAN_OF) for i in keep]
    first = 1 + 2 * len(group.plan.counters)
    kept = replace(group, keys=keys, scales=[group.scales[i] for i in keep])
    return kept, table[:, [*range(first), *(first + i for i in keep)]]
