"""The steps at which a trial is compared with others while it runs: the same for every trial."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.study.sweep.settings import Objective

PER_DECADE = 20  # a pruner needs others at the very same step, a storage few values a trial


def milestones(until: float) -> Iterator[int]:
    """Yield whole steps up to `until`, close at first and 12 % apart later on.

    >>> list(milestones(12))
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    """
    power, before = 0, 0
    while True:
        step = round(10 ** (power / PER_DECADE))
        power += 1
        if step > until:
            return
        if step > before:
            before = step
            yield step


def reached(run: Run, objective: Objective, after: int) -> list[tuple[int, float]]:
    """Return the milestones beyond `after` that a run has reached, and how it stood there.

    That is the median of what was logged since the milestone before, or its best so far.
    """
    series = run.get(objective.signal)
    if series is None or not len(series):
        return []
    steps, values = series.step, series.value
    found = []
    begin = after
    for milestone in milestones(float(steps[-1])):
        if milestone <= after:
            continue
        best = objective.at == "best"
        chosen = values[(steps <= milestone) if best else (steps > begin) & (steps <= milestone)]
        chosen = chosen[np.isfinite(chosen)]
        begin = milestone
        if len(chosen):
            least, most = float(chosen.min()), float(chosen.max())
            middle = float(np.median(chosen))
            found.append((milestone, (least if objective.low else most) if best else middle))
    return found
