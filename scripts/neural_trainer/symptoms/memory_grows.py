"""The memory of the process, or of the device, grows through the whole run.

After the first fifth, in which caches fill, it grows in a straight line: by
3 % or more of its level in all, with a correlation with the steps of 0.95
or more, and in each of four stretches by a tenth of the whole growth at
least.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import blocks
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import memories

ID = "memory-grows"
NEEDS = {"memory": 10}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.01
GROWN = 0.03
STRAIGHT = 0.95
STRETCH = 0.1


def find(run: Run) -> Finding | None:
    """Return how much the memory grows."""
    for part in memories(run):
        grown = _growth(part.series)
        if grown is None:
            continue
        first, last, begin, end = grown
        sentence = (
            f"{part.name} grows from {number(first)} to {number(last)} between {at(run, begin)} "
            f"and {at(run, end)}, steadily."
        )
        return Finding(ID, begin, (begin, end), 1.0, (sentence,), {"grown": last / first - 1})
    return None


def _growth(memory: Series) -> tuple[float, float, float, float] | None:
    """Return first and last level and steps of a steady growth; None where there is none."""
    course = blocks(memory.finite(), 100)
    course = course.where(np.arange(len(course)) >= len(course) // 5)
    if len(course) < 8:
        return None
    quarters = [median(part) for part in np.array_split(course.value, 5)]
    first, last = quarters[0], quarters[-1]
    grown = last - first
    if first <= 0 or grown < GROWN * first:
        return None
    if min(np.diff(quarters)) < STRETCH * grown:
        return None
    if float(np.corrcoef(course.step, course.value)[0, 1]) < STRAIGHT:
        return None
    return first, last, float(course.step[0]), float(course.step[-1])
