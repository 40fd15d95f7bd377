"""The axis of a text log: which of its counters its metrics are put at, and which lines count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs import names
from neural_trainer.runs.columns import Column
from neural_trainer.runs.line_keys import is_known
from neural_trainer.runs.run import Array
from neural_trainer.runs.text_columns import metrics, named_by_split, still, without_placeholders
from neural_trainer.runs.text_log import Group, Lines
from neural_trainer.runs.text_passes import with_held_out
from neural_trainer.runs.text_totals import MOSTLY_BACK, counts_up, in_one_unit, told_apart
from neural_trainer.runs.text_trainings import trainings

_MOST_SINGLES = 50  # metrics told once, in a line of their own
_HEADINGS = 0.5  # of the readings beside metrics, at most
_FEWEST_BARE = 3  # lines with metrics where none has a counter
_MOSTLY = 0.5  # of all lines: a text that says what a scheduler does and little else
_BARE_SHARE = 0.05  # of all lines: less is a remark in some other text
_MOST_BEFORE = 0.5  # share of the lines with metrics before a counter's first reading
# What counts, the finest first, and what the column is called.
_AXES = {
    "global": "step", "step": "step", "batch": "step", "bar": "step", "timestep": "timesteps",
    "lead": "step", "episode": "episode", "kimg": "kimg", "tick": "tick", "round": "round",
    "generation": "generation", "example": "example", "epoch": "epoch",
}  # fmt: skip


# Counters that may be two names for one thing.
_MAY_BE_ONE = (("global", "step"), ("batch", "step"), ("lead", "step"), ("bar", "step"))


@dataclass
class Measured:
    """The metrics of a text log on one axis.

    columns: by own name; num_rows: lines with metrics.
    """

    columns: dict[str, Column]
    num_rows: int
    notes: list[str]


def measure(gathered: Lines) -> list[Measured]:
    """Return the metrics in lines, for each training that ends before another; none in no log."""
    groups = [(group, group.table()) for group in gathered.groups.values() if len(group.rows)]
    tables = [told_apart(group, table) for group, table in with_held_out(groups)]
    live = _live(tables, gathered)
    if not any(group.keys for group, _ in live):
        return []
    return [found for part in trainings(live) if (found := _measured(part)) is not None]


def _measured(live: list[tuple[Group, Array]]) -> Measured | None:
    lines = np.unique(np.concatenate([table[:, 0] for group, table in live if group.keys]))
    counted, axis = _counted(live, lines)
    keep = np.isfinite(counted[axis]) if axis else np.ones(len(lines), np.bool_)
    notes = []
    if not keep.all():
        notes.append(
            f"lines with metrics at no {axis} that is told, left out: {int((~keep).sum())}"
        )
    lines, columns = lines[keep], dict[str, Column]()
    if not len(lines):
        return None
    for kind, value in counted.items():
        at = np.flatnonzero(np.isfinite(value[keep]))
        columns[kind] = Column(at, value[keep][at])
    for key, column in metrics(live, lines, counted[axis][keep] if axis else None).items():
        columns[key if key not in columns else f"{key}#2"] = column
    columns = named_by_split(columns)
    notes += without_placeholders(columns)
    return Measured(columns, len(lines), notes)


def _live(tables: list[tuple[Group, Array]], gathered: Lines) -> list[tuple[Group, Array]]:
    """Return the groups of lines that tell of a training, none where there is no sign of one."""
    sure, once, counting, bare, unknown = [], [], [], [], []
    for group, table in tables:
        kinds = {counter.kind for counter in group.plan.counters}
        counts = any(counts_up(table[:, 1 + i]) for i in range(len(group.plan.counters)))
        if not kinds and not group.plan.known:
            unknown.append((group, table))
        elif not kinds or (kinds == {"lead"} and not counts and len(table) > 1):
            bare.append((group, table))
        elif not group.keys:
            counting += [(group, table)] * counts
        elif counts:
            sure.append((group, table))
        elif group.plan.known:
            once.append((group, table))
    if not sure and (not once or gathered.num_source):
        told = [
            t
            for g, t in bare
            if not still(t[:, 1])
            and (
                not set(g.keys) <= _settings(g.keys)
                or (len(g.keys) == 1 and len(t) > _MOSTLY * gathered.num_lines)
            )
        ]
        longest = max(map(len, told), default=0)
        fewest = 2 if counting else _FEWEST_BARE
        if longest < max(fewest, _BARE_SHARE * gathered.num_lines) or gathered.num_source > 1:
            return []
    elif not any(g.plan.known for g, _ in sure + once) and max(len(t) for _, t in sure) < 3:
        return []
    # What stands above the first counter alone is a setting.
    start = min((float(t[0, 0]) for _, t in (sure or once) + counting), default=-1.0)
    after = [(g, t) for g, t in once if t[-1, 0] >= start or _begins(g, t, sure)]
    singles = [(g, t) for g, t in bare if len(t) == 1 and 0 <= start < t[0, 0]]
    after += singles if len(singles) <= _MOST_SINGLES else []
    after += [(g, t) for g, t in bare if len(t) > 1 and t[-1, 0] > start]
    ticks = [table[:, 0] for _, table in sure + counting]
    after += [(g, t) for g, t in unknown if any(_keeps_pace(t[:, 0], tick) for tick in ticks)]
    return sure + counting + after


def _settings(keys: Sequence[str]) -> set[str]:
    """Return which of `keys` tell of no course where nothing else is known: a learning rate."""
    return {key for key in keys if names.canonical(key) == "lr" or not is_known(key)}


def _keeps_pace(lines: Array, ticks: Array) -> bool:
    """Return whether there is one of `lines` for each reading of a counter, a few aside."""
    if len(lines) < _FEWEST_BARE or abs(len(lines) - len(ticks)) > max(1, 0.1 * len(ticks)):
        return False
    between = np.searchsorted(ticks, lines)
    return len(np.unique(between)) >= len(lines) - 1


def _begins(group: Group, table: Array, sure: list[tuple[Group, Array]]) -> bool:
    """Return whether a line of its own form is the first of a course: Megatron's lack a loss.

    Or an evaluation before the first step.
    """
    return any(
        group.plan.counters[0].kind == other.plan.counters[0].kind
        and table[0, 1] <= rows[0, 1]
        and (
            len(set(group.keys) & set(other.keys)) > 1
            or set(group.keys) <= set(other.keys)
            or any(names.split(key) != "train" and names.better(key) for key in group.keys)
            or group.plan.counters[0].kind == "lead"
        )
        for other, rows in sure
    )


class _Events(NamedTuple):
    """A counter's readings, in order. total: NaN where not written."""

    order: Array
    value: Array
    total: Array
    shown: NDArray[np.bool_]  # beside a metric
    evaluated: NDArray[np.bool_]


def _events(live: list[tuple[Group, Array]]) -> dict[str, _Events]:
    found: dict[str, list[Array]] = {}
    for group, table in live:
        for i, counter in enumerate(group.plan.counters):
            total = table[:, 1 + len(group.plan.counters) + i]
            flags = np.ones((2, len(table))) * [[bool(group.keys)], [group.plan.evaluated]]
            kind = "bar" if counter.bar and not group.keys else counter.kind
            if kind == "batch" and group.plan.evaluated:
                continue  # the position in a pass over the evaluation data
            rows = np.stack([table[:, 0], table[:, 1 + i], total, *flags])
            found.setdefault(kind, []).append(rows)
    for finer, coarser in _MAY_BE_ONE:
        if finer in found and coarser in found and _is_one(found[finer] + found[coarser], finer):
            found[coarser] += found.pop(finer)
    done = {}
    for kind, some in found.items():
        rows = np.concatenate(some, axis=1)
        rows = rows[:, np.argsort(rows[0], kind="stable")]
        rows = _without_headings(rows[:, np.isfinite(rows[1])])
        order, value, total, shown, evaluated = rows
        done[kind] = _Events(order, value, total, shown > 0, evaluated > 0)
    return {kind: events for kind, events in done.items() if len(events.order)}


def _without_headings(rows: Array) -> Array:
    """Leave out few readings beside no metric, such as `[STEP 2]`, where the others alone rise."""
    shown = rows[3] > 0
    falls = (np.diff(rows[1]) < 0).any() and not (np.diff(rows[1, shown]) < 0).any()
    return rows[:, shown] if falls and (~shown).sum() <= _HEADINGS * shown.sum() else rows


def _is_one(readings: list[Array], finer: str) -> bool:
    """Return whether two counters are two names for one thing: never side by side, never back."""
    rows = np.concatenate(readings, axis=1)
    rows = rows[:, np.argsort(rows[0], kind="stable")]
    apart = bool((np.diff(rows[0]) > 0).all())
    return apart and (finer == "global" or bool((np.diff(rows[1]) >= 0).all()))


def _counted(live: list[tuple[Group, Array]], lines: Array) -> tuple[dict[str, Array], str]:
    """Return, for each line with metrics, what the counters stood at, and the one to go by."""
    events = _events(live)
    epoch = events.get("epoch")
    ahead = _trails(live, events)
    carried: dict[str, Array] = {}
    for kind, some in events.items():
        if kind == "epoch":
            continue
        some = _of_training(some, lines)
        value = _joined(some, epoch, kind)
        back = float((np.diff(value) < 0).mean()) if len(value) > 1 else 0.0
        if back > MOSTLY_BACK or (len(value) > 2 and still(value)):
            continue
        if len(events) > 1 and (lines < some.order[0]).mean() > _MOST_BEFORE and len(lines) > 2:
            continue
        carried[kind] = _carry(some.order, value, lines, ahead)
    if epoch is not None:
        carried["epoch"] = _carry(epoch.order, epoch.value, lines, ahead)
    distinct = {kind: len(np.unique(v[np.isfinite(v)])) for kind, v in carried.items()}
    best = max(distinct.values(), default=0)
    beside = max((n for kind, n in distinct.items() if events[kind].shown.any()), default=0)
    for kind, axis in _AXES.items():
        if kind not in carried or 2 * distinct[kind] < best:
            continue
        # What stands in lines of its own counts something else where it tells less apart.
        if kind == "bar" or events[kind].shown.any() or distinct[kind] > beside:
            counted = {axis: carried[kind]}
            if "epoch" in carried:
                counted["epoch"] = carried["epoch"]
            return counted, axis
    return {}, ""


def _of_training(events: _Events, lines: Array) -> _Events:
    """Leave out positions in other loops: of evaluation, or bars that no metric goes with."""
    totals = events.total[np.isfinite(events.total)]
    if not len(totals) or totals.min() == totals.max():
        return events
    known, at = np.unique(events.total, return_inverse=True)
    last = np.searchsorted(events.order, lines, "right") - 1
    beside = np.bincount(at[last[last >= 0]], minlength=len(known))
    if events.evaluated.any() and not events.evaluated.all():
        training = np.bincount(at[~events.evaluated], minlength=len(known)) > 0
        keep = training[at] | np.isnan(events.total)
    elif not events.shown.any():
        keep = at == int(beside.argmax())
    else:
        return events
    order, value, total, shown, evaluated = events
    return _Events(order[keep], value[keep], total[keep], shown[keep], evaluated[keep])


def _trails(live: list[tuple[Group, Array]], events: dict[str, _Events]) -> bool:
    """Return whether the counter stands below what it counts, as far as the first two tell."""
    hooks = [(g.plan.counters, float(t[0, 0])) for g, t in live if g.paced]
    counting = [first for counters, first in hooks if counters]
    alone = [first for counters, first in hooks if not counters]
    if counting and alone and max(alone) < min(counting):
        return True
    some = max(events.values(), key=lambda e: len(e.order), default=None)
    if some is None or some.shown.any() or len(some.order) < 3:
        return False
    first, second = some.order[:2]
    above = {id(g) for g, t in live if g.keys and (t[:, 0] < first).any()}
    between = {id(g) for g, t in live if ((t[:, 0] > first) & (t[:, 0] < second)).any()}
    return bool(above) and above == between and all(t[-1, 0] <= some.order[-1] for _, t in live)


def _joined(events: _Events, epoch: _Events | None, kind: str) -> Array:
    """Return readings that go on over epochs where they start again in each."""
    value = in_one_unit(events.value, events.total)
    again = np.diff(value) < 0
    if epoch is not None:
        at = _carry(epoch.order, epoch.value, events.order, False)
        if kind != "bar" and np.isfinite(events.total).all() and (at == np.floor(at)).all():
            again |= (np.diff(value) == 0) & (np.diff(at) > 0)
    back = np.flatnonzero(again)
    if not len(back):
        return value
    totals = events.total[np.isfinite(events.total)]
    length = float(totals.max()) if len(totals) else float(value.max()) + (value.min() == 0)
    if epoch is not None:
        at = np.where(np.isfinite(at), at, epoch.value[0])
        if np.mean(np.diff(at)[back] > 0) < 0.5:
            return value
        return (at - min(1.0, float(at.min()))) * length + value
    ended = value[back] >= 0.9 * events.total[back]
    if kind in ("batch", "bar") and ended.mean() > 0.5:
        passes = np.zeros(len(value))
        passes[back[ended] + 1] = 1
        return np.cumsum(passes) * length + value
    return value


def _carry(order: Array, value: Array, lines: Array, ahead: bool) -> Array:
    """Return what a counter stood at in each line; a line before the first is one step earlier."""
    if ahead:
        at = np.minimum(np.searchsorted(order, lines, "left"), len(order) - 1)
        return np.where(lines > order[-1], np.nan, value[at])
    at = np.searchsorted(order, lines, "right") - 1
    first = max(value[0] - 1, 0.0) if len(value) else np.nan
    return np.where(at >= 0, value[np.maximum(at, 0)], first)
