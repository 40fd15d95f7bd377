"""Gradients come to weights that no optimizer has stepped.

Told at complete sets by an optimizer, or of a model without one by its weights:
nothing has stepped them since the first step and they stand. Seen where nine
tenths of the sets show it over at least 100 steps, which is longer than any
usual accumulation, and gradients have come in half of them. A step that a loss
scaler leaves out is none of these.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at

ID = "optimizer-idle"
NEEDS = {"optimizer_idle": 5, "gradient_absent": 5}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.0005
SHARE, COMES = 0.9, 0.5  # of the sets
LEAST = 100  # steps


def find(run: Run) -> Finding | None:
    """Return since when weights have not been stepped."""
    idle = run.signals["optimizer_idle"].finite()
    first, last = float(idle.step[0]), float(idle.step[-1])
    if last - first < LEAST or np.mean(idle.value > 0.5) < SHARE:
        return None
    absent = run.signals["gradient_absent"].finite()
    if np.mean(absent.value > 0.5) > 1 - COMES:
        return None
    sentence = (
        f"Gradients came, and from {at(run, first)} to {at(run, last)} no optimizer stepped the "
        "weights, which stand."
    )
    return Finding(ID, first, (first, last), 1.0, (sentence,), {"steps": last - first})
