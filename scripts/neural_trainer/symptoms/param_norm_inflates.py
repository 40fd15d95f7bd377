"""The parameters outgrow their beginning, and early.

The norm of the parameters has doubled within the first fifth of the run, or
trebled by the end of it: training changes a sound initialisation by parts of
itself within hundreds of steps; steps that are too large pile up. Growth that
goes with the loss, over thousands of steps, is slower. Strength 0.5 at twice,
1 from four times on.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import blocks
from neural_trainer.symptoms.finding import Finding, at, number

ID = "param-norm-inflates"
NEEDS = {"param_norm": 8}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.03
EARLY, WITHIN = 2.0, 0.2  # times the first level, share of the run
IN_ALL = 3.0
BLOCKS = 200


def find(run: Run) -> Finding | None:
    """Return how far the parameters have grown."""
    norm = blocks(run.signals["param_norm"].finite(), BLOCKS)
    if len(norm) < NEEDS["param_norm"] or norm.value[0] <= 0:
        return None
    grown = norm.value / float(norm.value[0])
    early = grown[: max(2, round(WITHIN * len(norm)))]
    if early.max() < EARLY and grown[-1] < IN_ALL:
        return None
    most = float(grown.max())
    began = float(norm.step[int(np.argmax(grown >= min(EARLY, most)))])
    sentence = (
        f"The norm of the parameters grew from {number(float(norm.value[0]))} to "
        f"{number(float(norm.value.max()))}, {number(most)} times, and had doubled by "
        f"{at(run, began)}."
    )
    return Finding(
        ID, began, (float(norm.step[0]), float(norm.step[-1])),
        min(1.0, 0.5 + (most - EARLY) / 4), (sentence,), {"grown": most},
    )  # fmt: skip
