"""The parameters do not change: their norm stays what it is, to the last digit.

In nine of ten intervals of the log in which the learning rate is above zero,
or unknown, the norm of the parameters changes by less than 1e-9 of itself. No
optimizer that steps leaves it there: a learning rate of 1e-7 still moves it by
more. A norm that is written with few digits stands still in slow runs as well:
with fewer than six figures the strength is 0.4.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.motion import figures, moves
from neural_trainer.symptoms.finding import Finding, at, number

ID = "parameters-unmoved"
NEEDS = {"param_norm": 5}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.001
STILL = 1e-9  # of the norm
LASTING = 0.9  # share of the intervals
FIGURES = 6


def find(run: Run) -> Finding | None:
    """Return that the parameters stand still."""
    norm = run.signals["param_norm"].finite()
    moved, rate = moves(norm, run.get("lr"))
    judged = ~(rate == 0)
    if judged.sum() < NEEDS["param_norm"] - 1 or norm.value[0] <= 0:
        return None
    still = judged & (moved <= STILL)
    if still.sum() < LASTING * judged.sum():
        return None
    first, last = float(norm.step[0]), float(norm.step[-1])
    sentence = (
        f"The norm of the parameters is {number(float(norm.value[-1]))} from {at(run, first)} to "
        f"{at(run, last)} and does not change."
    )
    strength = 1.0 if figures(norm.value) >= FIGURES else 0.4
    share = float(still.sum() / judged.sum())
    level = float(np.median(norm.value))
    return Finding(
        ID, first, (first, last), strength, (sentence,), {"share_still": share, "norm": level}
    )
