"""Axes: which column counts the steps, and how rows at those steps become Runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural_trainer.errors import ReadError
from neural_trainer.runs import names
from neural_trainer.runs.columns import Column, Rows
from neural_trainer.runs.run import Array, Event, Run, Series
from neural_trainer.runs.sessions import (
    MOST_DROPS,
    MOST_RUNS,
    Session,
    carry_forward,
    evaluation_rows,
    sessions,
    within_epochs,
)

# What a column that counts is called (names.plain), best first, and what it counts.
_COUNTERS = {
    "step": "step", "global step": "step", "_step": "step", "steps": "step", "iteration": "step",
    "iter": "step", "current steps": "step", "num updates": "step", "total timesteps": "timestep",
    "global step max steps": "step",
    "timesteps total": "timestep", "total env steps": "timestep", "total env interacts": "timestep",
    "num env steps sampled lifetime": "timestep", "num env steps sampled": "timestep",
    "timesteps": "timestep", "env steps": "timestep", "update": "step", "updates": "step",
    "total steps": "step", "total step": "step", "num steps": "step", "current step": "step",
    "n iter": "step", "total iterations": "step", "total iters": "step", "timestep": "timestep",
    "env step": "timestep", "total frames": "timestep", "frames": "timestep", "frame": "timestep",
    "itr": "iteration",
    "training iteration": "iteration", "iterations": "iteration", "progress kimg": "kimg",
    "kimg": "kimg", "progress tick": "tick", "tick": "tick", "episode": "episode",
    "episodes": "episode", "episodes total": "episode", "batch idx": "step", "batch": "step",
    "round": "round", "global round": "round", "communication round": "round",
    "generation": "generation", "example": "example", "epoch": "epoch",
    "epochs": "epoch", "": "row",
}  # fmt: skip
_CLOCKS = (
    "time", "timestamp", "wall time", "t", "runtime", "time total s", "timing total sec", "elapsed",
    "elapsed time", "time elapsed", "total time", "relative time", "secs", "seconds",
)  # fmt: skip
FEWEST_OF_AMOUNT = 8  # rows from which a count is told from an amount
_UNIX = 1e8  # seconds: a `time` above it is a date, below it may be a duration
_FEW = 8  # durations so few may rise by chance, once in 7! = 5,040 times
_GROWS = 0.5  # of the first time: a clock that began with the run grows so in two or three rows


@dataclass
class Table:
    """What a reader hands over: the columns of one file and what is known of it.

    of_evaluation: columns that were measured on evaluation data though their names do not say so.
    evaluated: rows that the log marks as evaluation (mmdet's `"mode": "val"`).
    axis: what the rows count where no column does.
    """

    name: str
    source: str
    format: str
    columns: dict[str, Column]
    num_rows: int
    of_evaluation: Collection[str] = ()
    evaluated: list[int] = field(default_factory=list)
    axis: str = "row"
    config: Mapping[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def to_runs(table: Table) -> list[Run]:
    """Return the runs of a table, more than one where its steps go back to the start.

    Raises ReadError where it holds no numbers besides its steps.
    """
    if not table.columns:
        raise ReadError(f"{table.source}: holds no number; expected columns of metrics")
    counter, kind = _counter(table)
    step, evaluated = _steps(table, counter)
    found = sessions(step)
    if found is None:
        table.notes.append(
            f"{counter!r} goes up and down all the time: rows are taken in its order"
        )
        found = [Session(0, table.num_rows)]
    elif len(found) > MOST_RUNS:
        table.notes.append(
            f"{counter!r} starts again {len(found) - 1} times: rows are counted instead"
        )
        found, kind = [Session(0, table.num_rows)], "row"
        step = np.arange(table.num_rows, dtype=np.float64)
    counted = {name: column for name, column in table.columns.items() if name != counter}
    columns, own = _divide(counted, evaluated, table.of_evaluation)
    clock = clock_of(columns, [session.start for session in found])
    time = None if clock is None else _spread(columns.pop(clock), table.num_rows)
    runs = []
    for number, session in enumerate(found, 1):
        signals, logged_as = _signals(columns, own, step, time, session)
        if signals:
            run = Run(
                name=table.name if len(found) == 1 else f"{table.name}#{number}",
                source=table.source,
                format=table.format,
                signals=signals,
                logged_as=logged_as,
                axis=kind,
                config=table.config,
                events=tuple(Event(at, "resumed") for _, at in session.resumed),
            )
            runs.append(run)
    if not runs:
        raise ReadError(f"{table.source}: holds steps but no numbers; expected metrics beside them")
    return [replace(run, notes=tuple(table.notes)) for run in runs]


def counts(own: str) -> str | None:
    """Return what a column of this name counts, None where it counts nothing."""
    words = {"_step": "_step", "training_iteration": "training iteration"}.get(own)
    plain = words or names.plain(own)
    return _COUNTERS.get(plain) if plain or not own else None


def _counter(table: Table) -> tuple[str | None, str]:
    """Return the column that counts, None for the row number, and what it counts."""
    by_plain: dict[str, str] = {}
    for own in table.columns:
        # Words that names.plain takes for a split, or drops: RLlib's and Weights & Biases' own.
        words = {"_step": "_step", "training_iteration": "training iteration"}.get(own)
        by_plain.setdefault(words or names.plain(own), own)
    widest, share = None, 0.0
    stuck = list[str]()
    for words in _COUNTERS:
        if words not in by_plain or (words == "" and by_plain[words] != ""):
            continue
        rows = _rows_counted(table, by_plain[words])
        if _is_stuck(table, by_plain[words]):
            stuck.append(by_plain[words])
        if 2 * rows >= table.num_rows:
            widest = words
            break
        if rows / table.num_rows > share:
            widest, share = words, rows / table.num_rows
    if widest is None:
        if stuck:
            table.notes.append(f"{stuck[0]!r} stands still: rows are counted instead")
        return None, table.axis
    own, kind = by_plain[widest], _COUNTERS[widest]
    if kind == "epoch" and _fullest(table, own) > 2 * _num_changes(table.columns[own].value) + 2:
        # A rounded epoch shared by many rows would lose all but the last of them.
        table.notes.append(f"{own!r} stands still over many rows: rows are counted instead")
        return None, "row"
    return own, table.axis if kind == "row" else kind


def _num_changes(value: Array) -> int:
    """Return how often a column changes from row to row, and so where it starts again too."""
    return int(np.count_nonzero(np.diff(value)))


def _rows_counted(table: Table, own: str) -> int:
    """Return how many rows a column numbers; 0 where it is stuck at one number."""
    value = table.columns[own].value
    value = value[np.isfinite(value)]
    return 0 if _is_stuck(table, own) or _is_an_amount(value) else len(value)


def _is_stuck(table: Table, own: str) -> bool:
    """Tell whether a column stays at one number, though rows go on.

    The first step alone may hold a row of training and one of evaluation.
    """
    value = table.columns[own].value
    value = value[np.isfinite(value)]
    return len(value) > 1 and bool(np.ptp(value) == 0) and _fullest(table, own) > 2


def _is_an_amount(value: Array) -> bool:
    """Tell whether a column goes up and down about one level, far from 0: steps of an iteration.

    Writers side by side go up and down as well, and up from small numbers.
    """
    if len(value) < FEWEST_OF_AMOUNT or np.mean(np.diff(value) < 0) <= MOST_DROPS:
        return False
    return bool(value.min() > 0.5 * value.max())


def _fullest(table: Table, own: str) -> int:
    """Return how many points the fullest column but `own` has."""
    return max((len(c.row) for name, c in table.columns.items() if name != own), default=0)


def _steps(table: Table, counter: str | None) -> tuple[Array, NDArray[np.bool_]]:
    """Return each row's step, NaN before the first, and which rows are of evaluation."""
    evaluated = np.zeros(table.num_rows, np.bool_)
    evaluated[table.evaluated] = True
    if counter is None:
        return np.arange(table.num_rows, dtype=np.float64), evaluated
    logged = _spread(table.columns[counter], table.num_rows)
    logged[~np.isfinite(logged)] = np.nan
    step = np.where(evaluated, np.nan, logged)
    epoch = next((c for own, c in table.columns.items() if names.canonical(own) == "epoch"), None)
    if epoch is not None and table.columns[counter] is not epoch:
        joined = within_epochs(step, _spread(epoch, table.num_rows))
        step = step if joined is None else joined
        logged = logged if joined is None else np.full(table.num_rows, np.nan)
    without = int((np.isnan(step) & ~evaluated).sum())
    before, after = carry_forward(step), carry_forward(step[::-1])[::-1]
    own_step = evaluated & ~(logged < before) & ~(logged > after)
    step = carry_forward(np.where(own_step, logged, step))
    reused = evaluation_rows(step, table.columns)
    if reused.any():
        evaluated |= reused
        step = carry_forward(np.where(reused, np.nan, step))
    lost = int(np.isnan(step).sum())
    if lost:
        table.notes.append(f"rows before the first {counter!r} are left out: {lost}")
    if without > lost:
        table.notes.append(
            f"rows without {counter!r}, put at the step before them: {without - lost}"
        )
    return step, evaluated


def _spread(column: Column, num_rows: int) -> Array:
    full = np.full(num_rows, np.nan)
    full[column.row] = column.value
    return full


def _divide(
    columns: Mapping[str, Column], evaluated: NDArray[np.bool_], of_evaluation: Collection[str]
) -> tuple[dict[str, Column], dict[str, str]]:
    """Return the columns with evaluation rows under "eval/", and each one's own name."""
    divided, own = {}, {}
    some = bool(evaluated.any() or of_evaluation)
    duration = columns.get("data_time") is not None
    for name, column in columns.items():
        there = evaluated[column.row] | (name in of_evaluation) if some else evaluated[:0]
        # mmdet's and detectron2's `time`, beside `data_time`, is the duration of an iteration.
        key = "step_time" if name == "time" and duration else name
        shared = names.split(name) != "train" or names.canonical(name) in ("epoch", "lr")
        if there.any() and not shared and f"eval/{key}" not in columns:
            divided[f"eval/{key}"] = Column(column.row[there], column.value[there])
            own[f"eval/{key}"] = name
            column = Column(column.row[~there], column.value[~there])
        if len(column.row):
            divided[key] = column
            own[key] = name
    return divided, own


def clock_of(columns: Mapping[str, Column], starts: Sequence[int] = ()) -> str | None:
    """Return the column that tells the time of a row, None where there is none.

    starts: rows at which a run begins, and its clock may begin again.
    """
    by_plain = {names.plain(own): own for own in reversed(list(columns))}
    for words in _CLOCKS:
        own = by_plain.get(words)
        if own is None or not np.isfinite(value := columns[own].value).all():
            continue
        run = np.searchsorted(np.asarray(starts, np.int64), columns[own].row, "right")
        if value.min() > _UNIX or _goes_on(value, np.diff(run) > 0):
            return own
    return None


def _goes_on(value: Array, again: NDArray[np.bool_]) -> bool:
    """Tell whether times are of a clock that may begin `again` rather than durations."""
    if len(value) < 2 or not ((np.diff(value) >= 0) | again).all():
        return False
    return len(value) >= _FEW or bool(np.ptp(value) > _GROWS * value[0])


def _signals(
    columns: Mapping[str, Column], own: Mapping[str, str], step: Array, time: Array | None,
    session: Session,
) -> tuple[dict[str, Series], dict[str, str]]:  # fmt: skip
    kept: dict[str, Series] = {}
    everything = session == Session(0, len(step)) and bool(np.isfinite(step).all())
    for key, (row, value) in columns.items():
        if not everything:
            keep = session.keeps(row, step[row])
            row, value = row[keep], value[keep]
        if len(row):
            kept[key] = series(row, value, step, time)
    given = names.assign({key: len(s) for key, s in kept.items()})
    signals = {given[key]: s for key, s in kept.items()}
    return signals, {given[key]: own[key] for key in kept}


def series(row: Rows, value: Array, step: Array, time: Array | None) -> Series:
    """Return the values of `row` in order of step; of equal steps the last row wins."""
    whole = len(row) == len(step)  # rows increase: these are all
    at = step if whole else step[row]
    if not (at[1:] > at[:-1]).all():
        order = np.argsort(at, kind="stable")
        order = order[np.append(np.diff(at[order]) > 0, True)]
        row, value, at = row[order], value[order], at[order]
        whole = False
    when = time if time is None or whole else time[row]
    return Series(at, value, when if when is not None and np.isfinite(when).all() else None)
