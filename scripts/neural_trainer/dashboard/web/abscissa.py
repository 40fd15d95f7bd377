"""Where the points of a signal lie on the axis that is looked at: step, time or epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from neural_trainer.runs.run import Array, Run, Series

Axis = Literal["step", "time", "epoch"]
AXES: tuple[Axis, ...] = get_args(Axis)


def axes_of(run: Run) -> list[Axis]:
    """Return the axes that a run's points can be laid on."""
    known: dict[Axis, bool] = {
        "step": run.axis != "epoch",
        "time": _clock(run) is not None,
        "epoch": run.axis == "epoch" or run.get("epoch") is not None,
    }
    return [axis for axis, can in known.items() if can]


def abscissa(run: Run, series: Series, axis: Axis) -> Array | None:
    """Return the place of each point of `series`, (n,), not decreasing; None where unknown.

    Time: seconds from the first point of the run on. A log by epochs has no other steps.
    """
    if axis == "step" or (axis == "epoch" and run.axis == "epoch"):
        return series.step
    if axis == "epoch":
        epoch = run.get("epoch")
        return None if epoch is None else _between(series.step, epoch.step, epoch.value)
    clock = _clock(run)
    if clock is None or clock.time is None:
        return None
    start = min(_first_time(own) for own in run.signals.values())
    if series.time is not None and np.isfinite(series.time).all():
        return np.maximum.accumulate(series.time) - start
    return _between(series.step, clock.step, clock.time - start)


def places(run: Run, steps: Sequence[float], axis: Axis) -> list[float] | None:
    """Return where `steps` lie on the axis; None where unknown."""
    at = np.array(steps, dtype=np.float64)
    found = abscissa(run, Series(at, at), axis)
    return None if found is None else [float(x) for x in found]


def _between(step: Array, known: Array, value: Array) -> Array | None:
    """Return `value`, known at some steps, at others; what decreases there stands still."""
    finite = np.isfinite(value)
    if not finite.any():
        return None
    return np.interp(step, known[finite], np.maximum.accumulate(value[finite]))


def _clock(run: Run) -> Series | None:
    """Return the signal with a clock that was logged most often."""
    clocked = [series for series in run.signals.values() if np.isfinite(_first_time(series))]
    return max(clocked, key=len, default=None)


def _first_time(series: Series) -> float:
    if series.time is None or not len(series):
        return np.inf
    known = series.time[np.isfinite(series.time)]
    return float(known[0]) if len(known) else np.inf
