"""Metrics that each carry their own steps and times, as trackers keep them, made one Run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural_trainer.errors import ReadError
from neural_trainer.runs import names, sessions
from neural_trainer.runs.run import Array, Event, Run, Series


class Points(NamedTuple):
    """One metric's points in the order of logging. time: (n,) seconds, NaN where unknown."""

    step: Array
    value: Array
    time: Array

    def where(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> Points:
        """Return the points that `keep` selects."""
        return Points(*(column[keep] for column in self))


def to_run(
    name: str, source: str | Path, format: str, metrics: Mapping[str, Points],
    config: Mapping[str, Any], notes: Sequence[str],
) -> Run:  # fmt: skip
    """Return the one run of a tracker's metrics; of a step logged twice the later value counts.

    Where steps go back, what had been logged from there on was run again and is left out. Where
    no metric's steps advance, the points are counted instead. Raises ReadError without any point.
    """
    said = list(notes)
    known = {own: points.where(np.isfinite(points.step)) for own, points in metrics.items()}
    known = {own: points for own, points in known.items() if len(points.step)}
    if not known:
        raise ReadError(f"{source}: metrics without one point; nothing was logged so far")
    several = [points for points in known.values() if len(points.step) > 1]
    axis = "step"
    if several and all((points.step == points.step[0]).all() for points in several):
        known = {own: _counted(points) for own, points in known.items()}
        said.append("logged without steps: the values of each metric are counted instead")
        axis = "row"
    events = []
    for time, step in _restarts(max(known.values(), key=lambda points: len(points.step))):
        known = {own: _run_again(points, time, step) for own, points in known.items()}
        events.append(Event(step, "resumed"))
    known = {own: points for own, points in known.items() if len(points.step)}
    given = names.assign({own: len(points.step) for own, points in known.items()})
    return Run(
        name=name,
        source=str(source),
        format=format,
        signals={given[own]: _series(points) for own, points in known.items()},
        logged_as={given[own]: own for own in known},
        axis=axis,
        config=config,
        events=tuple(events),
        notes=tuple(said),
    )


def _counted(points: Points) -> Points:
    return points._replace(step=np.arange(len(points.step), dtype=np.float64))


def _restarts(lead: Points) -> list[tuple[float, float]]:
    """Return the time and step of each place where the steps of the lead go back for good."""
    if not np.isfinite(lead.time).all():
        return []
    found = sessions.sessions(lead.step) or []
    rows = [s.start for s in found[1:]] + [row for s in found for row, _ in s.resumed]
    # Half way: metrics of one step are written one after the other.
    between = (lead.time[:-1] + lead.time[1:]) / 2
    return [(float(between[row - 1]), float(lead.step[row])) for row in sorted(rows) if row]


def _run_again(points: Points, time: float, step: float) -> Points:
    return points.where((points.time >= time) | (points.step < step) | np.isnan(points.time))


def _series(points: Points) -> Series:
    if len(points.step) > 1 and not (np.diff(points.step) > 0).all():
        points = points.where(np.argsort(points.step, kind="stable"))
        points = points.where(np.append(np.diff(points.step) > 0, True))
    known = np.isfinite(points.time).all() and bool(points.time.any())
    return Series(points.step, points.value, points.time if known else None)
