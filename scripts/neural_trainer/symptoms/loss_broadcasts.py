"""Predictions and targets of a regression loss differ in shape.

Told at complete sets by the calls of torch's losses for regression: a
prediction of shape (N, 1) against targets of shape (N,) becomes a table of all
pairs. Seen where nine tenths of at least three sets show it.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding

ID = "loss-broadcasts"
NEEDS = {"criterion_broadcasts": 3}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.0005
SHARE = 0.9


def find(run: Run) -> Finding | None:
    """Return the calls of a loss whose two sides differ in shape."""
    told = run.signals["criterion_broadcasts"].finite()
    if len(told) < 3 or np.mean(told.value > 0.5) < SHARE:
        return None
    window = (float(told.step[0]), float(told.step[-1]))
    sentence = (
        f"In {int((told.value > 0.5).sum())} of {len(told)} measured steps predictions and "
        "targets had different shapes, and were broadcast."
    )
    return Finding(ID, window[0], window, 1.0, (sentence,), {"steps": float(len(told))})
