"""No gradient comes to any weight of an optimizer.

Told at complete sets, as an optimizer steps or while it waits for a step: none
of its weights has a gradient, not even one of zeros. Seen where nine tenths of
at least five sets show it over 50 steps or more.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at

ID = "gradient-absent"
NEEDS = {"gradient_absent": 5}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.0005
SHARE = 0.9  # of the sets
LEAST = 50  # steps


def find(run: Run) -> Finding | None:
    """Return since when no gradient has come."""
    absent = run.signals["gradient_absent"].finite()
    first, last = float(absent.step[0]), float(absent.step[-1])
    if last - first < LEAST or np.mean(absent.value > 0.5) < SHARE:
        return None
    sentence = (
        f"From {at(run, first)} to {at(run, last)} no weight of an optimizer had a gradient: the "
        "loss does not reach them."
    )
    return Finding(ID, first, (first, last), 1.0, (sentence,), {"steps": last - first})
