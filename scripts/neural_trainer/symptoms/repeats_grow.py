"""What is generated repeats itself more and more.

A signal that is called repeat, repetition or duplicate rises by 0.25 or more
and to twice its first level, and ends near its highest.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import smooth
from neural_trainer.symptoms.correctness import last
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import NAMED, about

ID = "repeats-grow"
NEEDS = {"repeats": 4}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.005
RISEN, TIMES = 0.25, 2.0


def find(run: Run) -> Finding | None:
    """Return the signal of repetition that rises."""
    for part in about(run, NAMED["repeats"]):
        series = part.series.finite()
        if len(series) < NEEDS["repeats"]:
            continue
        level = smooth(series.value, 3)
        low, end = float(np.min(level[: max(2, len(level) // 2)])), last(series)
        if end < low + RISEN or end < TIMES * low or end < 0.8 * float(level.max()):
            continue
        begin, stop = float(series.step[0]), float(series.step[-1])
        sentence = f"{part.name} rises from {number(low)} to {number(end)} by {at(run, stop)}."
        return Finding(ID, begin, (begin, stop), 1.0, (sentence,), {"low": low, "end": end})
    return None
