"""Sessions: what steps that go backwards mean, another run, a resume or a row of evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs import names
from neural_trainer.runs.columns import Column, Rows
from neural_trainer.runs.run import Array

MOST_RUNS = 100  # in one file; beyond it the column counts something inside an episode or epoch
MOST_DROPS = 0.25  # share of rows; beyond it the rows of several writers are mixed
MOST_EVALUATIONS = 0.5  # share of rows: one of training and one of evaluation in each epoch
FAR = 10  # strides from zero: a log that begins later than that was itself resumed
# Words of columns that rows of training and of evaluation share.
_BOTH = {"time", "data time", "memory", "lr", "learning rate", "epoch", "timestamp", "step", "iter"}


@dataclass
class Session:
    """One run's rows, [start, stop). resumed: (row, step) where it went on from an earlier step."""

    start: int
    stop: int
    resumed: list[tuple[int, float]] = field(default_factory=list)

    def keeps(self, row: Rows, step: Array) -> NDArray[np.bool_]:
        """Return which of `row`, at `step`, are the run's and were not run again after a resume."""
        keep: NDArray[np.bool_] = (row >= self.start) & (row < self.stop) & np.isfinite(step)
        for at, since in self.resumed:
            keep &= (row >= at) | (step < since)
        return keep


def sessions(step: Array) -> list[Session] | None:
    """Return the runs in rows whose steps are `step`, None where they are of several mixed writers.

    step: (n,), NaN at most before the first. A single row out of order is no
    session: it is sorted later.
    """
    drops = np.flatnonzero(np.diff(step) < 0) + 1
    start = int(np.isfinite(step).argmax())  # of the stretch that `stride` is measured on
    often = len(drops) > max(1, MOST_DROPS * len(step))
    # Runs that start again go back to small steps, writers side by side go up together.
    if often and np.median(step[drops]) > np.nanquantile(step, 0.25):
        return None
    done, session, resumes = [], Session(start, len(step)), 0
    for at in drops.tolist():
        if not often and at + 1 < len(step) and step[at + 1] > step[at - 1]:
            continue
        strides = np.diff(step[start:at])
        strides = strides[strides > 0]
        stride = float(np.median(strides)) if len(strides) else 1.0
        first = float(step[session.start])
        start = at
        if step[at] <= first + stride and first <= FAR * stride:
            done.append(Session(session.start, at, session.resumed))
            session = Session(at, len(step))
        else:
            resumes += 1
            session.resumed.append((at, float(step[at])))
    if resumes > MOST_RUNS:
        return None
    return [*done, session]


def within_epochs(step: Array, epoch: Array) -> Array | None:
    """Return steps that go on over epochs where `step` counts inside each, None where it does not.

    Both (n,), NaN where a row has none. An epoch's length is the number of steps seen.
    """
    both = np.flatnonzero(np.isfinite(step) & np.isfinite(epoch))
    drops = np.diff(step[both]) < 0
    # Not at every one: the log may hold another run, or a resume.
    if not drops.any() or np.mean(np.diff(epoch[both])[drops] > 0) < 0.5:
        return None
    first = min(1.0, float(epoch[both].min()))
    length = step[both].max() + (step[both].min() == 0)  # counted from 0, the last is one less
    joined = np.full(len(step), np.nan)
    joined[both] = (epoch[both] - first) * length + step[both]
    return joined


def evaluation_rows(step: Array, columns: Mapping[str, Column]) -> NDArray[np.bool_]:
    """Return the rows that reuse the step for an epoch's number (mmengine's evaluation rows).

    Such a row steps back, shares no metric with the row before it, and the step returns at once.
    """
    found = np.zeros(len(step), np.bool_)
    drops = np.flatnonzero(np.diff(step) < 0) + 1
    if len(drops) > MOST_EVALUATIONS * len(step) + 1:
        return found
    metrics = {name: c for name, c in columns.items() if names.plain(name) not in _BOTH}
    for at in drops.tolist():
        if found[at]:
            continue
        top, stop = step[at - 1], at + 1
        kind = _present(metrics, at)
        while stop < len(step) and step[stop] < top and _present(metrics, stop) == kind:
            stop += 1
        returns = stop == len(step) or step[stop] >= top
        if returns and kind and kind.isdisjoint(_present(metrics, at - 1)):
            found[at:stop] = True
    return found


def _present(columns: Mapping[str, Column], row: int) -> set[str]:
    present = set()
    for name, column in columns.items():
        i = int(np.searchsorted(column.row, row))
        if i < len(column.row) and column.row[i] == row:
            present.add(name)
    return present


def carry_forward(step: Array) -> Array:
    """Return `step` with each NaN replaced by the step before it; NaN stays before the first."""
    if np.isfinite(step).all():
        return step
    last = np.maximum.accumulate(np.where(np.isfinite(step), np.arange(len(step)), 0))
    carried: Array = step[last]
    return carried
