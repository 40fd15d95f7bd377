"""The metrics of a text log as columns: where lines tell of one thing, they make one column."""

from __future__ import annotations

import numpy as np

from neural_trainer.runs import names
from neural_trainer.runs.columns import Column
from neural_trainer.runs.line_keys import is_known
from neural_trainer.runs.run import Array
from neural_trainer.runs.text_log import Group

_SAID = {"lr", "loss_scale"}  # in sentences of schedulers and scalers, beside what is logged


def metrics(live: list[tuple[Group, Array]], lines: Array, step: Array | None) -> dict[str, Column]:
    """Return the metrics by own name, at the rows that `lines` are."""
    parts: dict[str, list[Column]] = {}
    counted = {
        names.canonical(k): k for group, _ in live if group.plan.counters for k in group.keys
    }
    within = (group for group, _ in live if _counts_within(group))
    finer = {key for group in within for key in group.keys if is_known(key)}
    for group, table in live:
        table = table[np.isin(table[:, 0], lines)]
        row = np.searchsorted(lines, table[:, 0])
        repeated = len(row) > 1 and not group.plan.counters
        if step is not None and repeated and still(step[row]) and not still(step):
            continue  # a setting, printed again and again within one step
        for i, (key, scale) in enumerate(zip(group.keys, group.scales, strict=True)):
            value = table[:, 1 + 2 * len(group.plan.counters) + i] * scale
            name = names.canonical(key)
            if name in _SAID and not group.plan.counters:
                key = counted.get(name, key)
            elif name not in _SAID and key in finer and _counts_epochs_alone(group):
                key = f"epoch {key}"  # the mean of those within the epoch, no value of its end
            if len(row):
                parts.setdefault(key, []).append(Column(row, value))
    return {key: _in_order(some) for key, some in parts.items()}


def _counts_within(group: Group) -> bool:
    """Return whether lines of training count what an epoch consists of."""
    kinds = {counter.kind for counter in group.plan.counters if not counter.bar}
    return not group.plan.evaluated and bool(kinds & {"step", "batch", "global"})


def _counts_epochs_alone(group: Group) -> bool:
    return {counter.kind for counter in group.plan.counters} == {"epoch"}


def still(value: Array) -> bool:
    """Return whether all values are one."""
    return bool((value == value[0]).all())


def _in_order(some: list[Column]) -> Column:
    row = np.concatenate([column.row for column in some])
    value = np.concatenate([column.value for column in some])
    row, first = np.unique(row, return_index=True)
    return Column(row, value[first])


def named_by_split(columns: dict[str, Column]) -> dict[str, Column]:
    """Return the columns with `train 0.5 val 0.6` as losses, where the log tells of no other.

    Not where they rise below 1: then they may be scores.
    """
    splits = [key for key in columns if names.split_prefix(key) is not None]
    told = any((names.canonical(key) or "").rpartition("/")[2] == "loss" for key in columns)
    if told or len({names.split_prefix(key) for key in splits}) < 2:
        return columns
    values = [columns[key].value for key in splits]
    if all(v[-1] > v[0] and v.min() >= 0 and v.max() <= 1 for v in values):
        return columns
    return {f"{key} loss" if key in splits else key: c for key, c in columns.items()}


def without_placeholders(columns: dict[str, Column]) -> list[str]:
    """Drop what Megatron prints where DeepSpeed keeps the numbers: a scale of -1, a norm of 0.

    Return a note that names what is gone.
    """
    gone = []
    for key, column in list(columns.items()):
        name = names.canonical(key)
        if name == "loss_scale":
            keep = ~(column.value < 0)
            columns[key] = Column(column.row[keep], column.value[keep])
        if name == "grad_norm" and (column.value == 0).all():
            keep = np.zeros(len(column.row), np.bool_)
            columns[key] = Column(column.row[keep], column.value[keep])
        if not len(columns[key].row):
            del columns[key]
            gone.append(key)
    return [f"placeholders, left out: {', '.join(gone)}"] if gone else []
