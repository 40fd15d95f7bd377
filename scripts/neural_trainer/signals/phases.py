"""The phases of a learning rate: where it rises, holds and falls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from neural_trainer.runs.run import Series

Kind = Literal["rises", "holds", "falls"]
POINTS = 1000  # looked at, evenly over the run
STILL = 1e-6  # of the peak, between two of them: less is no change
SHORT = 0.01  # share of the run: shorter phases belong to the one before


@dataclass(frozen=True)
class Phase:
    """One stretch of steps in which a learning rate does one thing."""

    kind: Kind
    start: float
    stop: float


def phases(lr: Series) -> list[Phase]:
    """Return the phases of `lr` in order; none for fewer than three finite points.

    >>> step = np.arange(1.0, 101)
    >>> [p.kind for p in phases(Series(step, np.minimum(step, 20)))]
    ['rises', 'holds']
    """
    series = lr.finite()
    if len(series) < 3:
        return []
    chosen = np.unique(np.linspace(0, len(series) - 1, POINTS).astype(np.int64))
    step, value = series.step[chosen], series.value[chosen]
    still = STILL * float(np.abs(value).max())
    change = np.diff(value)
    signs = np.where(change > still, 1, np.where(change < -still, -1, 0))
    kinds: dict[int, Kind] = {1: "rises", 0: "holds", -1: "falls"}
    edges = np.flatnonzero(np.diff(signs)) + 1
    starts, stops = np.append(0, edges), np.append(edges, len(signs))
    shortest = SHORT * float(step[-1] - step[0])
    found: list[Phase] = []
    for start, stop in zip(starts, stops, strict=True):
        phase = Phase(kinds[int(signs[start])], float(step[start]), float(step[stop]))
        if found and (phase.stop - phase.start < shortest or phase.kind == found[-1].kind):
            found[-1] = Phase(found[-1].kind, found[-1].start, phase.stop)
        else:
            found.append(phase)
    return found
