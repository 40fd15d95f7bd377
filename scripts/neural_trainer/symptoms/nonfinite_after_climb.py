"""The loss or the gradient norm climbed before the loss became NaN or
infinite.

A blow-up that announces itself comes from updates that are too large. The
climb is the median of the last three finite values above the median of up to
50 before them, and counts from six robust deviations of those 50: six, because
the end of a run is picked out by the very event, so that three would be met by
chance in one run of about fifty.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.noise import deviation
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.loss_nonfinite import first_nonfinite

ID = "nonfinite-after-climb"
NEEDS = {"any loss": 1}
GIVEN: tuple[str, ...] = ("loss-nonfinite",)
ALARM = False
BACKGROUND = 0.3
LAST = 3  # points whose median is the level just before
EARLIER = 50  # points before those, which say what was usual
FEWEST = 5  # earlier points: fewer say nothing about what is usual
DEVIATIONS = 6.0


class Climb(NamedTuple):
    """What a signal did before `step`: its level just before, the usual one, in deviations."""

    name: str
    just_before: float
    usual: float
    deviations: float
    begins: float


def climbs(run: Run) -> tuple[float, list[Climb]] | None:
    """Return the first non-finite step and what loss and gradient norm did before it.

    None where no loss is non-finite; an empty list where too little came before it to tell.
    """
    first = first_nonfinite(run)
    if first is None:
        return None
    part, index = first
    step = float(part.series.step[index])
    found = []
    for name, series in ((part.name, part.series), ("grad_norm", run.get("grad_norm"))):
        climb = _climb(name, series, step) if series is not None else None
        if climb is not None:
            found.append(climb)
    return step, found


def _climb(name: str, series: Series, step: float) -> Climb | None:
    before = series.where(series.step < step).finite()
    if len(before) < LAST + FEWEST:
        return None
    earlier = before.value[-LAST - EARLIER : -LAST]
    last = before.value[-LAST:]
    usual = float(np.median(earlier))
    spread = max(deviation(earlier), 1e-3 * abs(usual), 1e-12)
    just_before = float(np.median(last))
    return Climb(
        name, just_before, usual, (just_before - usual) / spread, float(before.step[-LAST])
    )


def find(run: Run) -> Finding | None:
    """Return the strongest climb before the first non-finite loss."""
    seen = climbs(run)
    if seen is None or not seen[1]:
        return None
    step, found = seen
    top = max(found, key=lambda climb: climb.deviations)
    if top.deviations < DEVIATIONS:
        return None
    sentence = (
        f"{top.name} climbed to {number(top.just_before)} just before {at(run, step)}, from a "
        f"usual {number(top.usual)} ({number(top.deviations)} deviations)."
    )
    return Finding(
        ID, top.begins, (top.begins, step), 1.0, (sentence,), {"deviations": top.deviations}
    )
