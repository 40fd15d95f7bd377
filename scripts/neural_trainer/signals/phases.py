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
SUDDEN = 0.1  # of the larger rate, that a short phase changes by: then it is one of its own
MOST_SUDDEN = 40  # of more the rate flickers, and short phases are none


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
    >>> [p.kind for p in phases(Series(step, np.where(step < 50, 1.0, 0.1)))]
    ['holds', 'falls', 'holds']
    """
    series = lr.finite()
    if len(series) < 3:
        return []
    step, value = series.step, series.value
    if len(series) > POINTS:
        chosen = np.unique(np.linspace(0, len(series) - 1, POINTS).astype(np.int64))
        step, value = step[chosen], value[chosen]
    still = STILL * float(np.abs(value).max())
    change = np.diff(value)
    signs = np.where(change > still, 1, np.where(change < -still, -1, 0))
    kinds: dict[int, Kind] = {1: "rises", 0: "holds", -1: "falls"}
    edges = np.flatnonzero(np.diff(signs)) + 1
    starts, stops = np.append(0, edges), np.append(edges, len(signs))
    is_long = step[stops] - step[starts] >= SHORT * float(step[-1] - step[0])
    larger = np.maximum(np.abs(value[starts]), np.abs(value[stops]))
    is_sudden = np.abs(value[stops] - value[starts]) > SUDDEN * larger
    if int((is_sudden & ~is_long).sum()) <= MOST_SUDDEN:
        is_long |= is_sudden
    found: list[Phase] = []
    for start, stop, stands in zip(starts, stops, is_long, strict=True):
        phase = Phase(kinds[int(signs[start])], float(step[start]), float(step[stop]))
        if found and (not stands or phase.kind == found[-1].kind):
            found[-1] = Phase(found[-1].kind, found[-1].start, phase.stop)
        else:
            found.append(phase)
    return found
