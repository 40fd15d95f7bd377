"""The parameters change by parts of themselves within a step.

Somewhere in the log their norm changes by 1.5 % of itself a step or more,
through a whole interval: training at a sound rate moves weights by a hundredth
of that to a third of it. Strength 0.5 at 1.5 %, 1 at 5 %. Only a log whose
axis counts steps is judged, at intervals of at most 100 steps.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at, number

ID = "parameters-leap"
NEEDS = {"param_norm": 5}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.02
LEAP = 0.015  # of the norm, a step
LONGEST = 100  # steps


def find(run: Run) -> Finding | None:
    """Return the largest change of the parameters' norm for a step."""
    norm = run.signals["param_norm"].finite()
    steps = np.diff(norm.step)
    if run.axis != "step" or len(norm) < 2 or float(np.median(steps)) > LONGEST:
        return None
    level = np.maximum(np.minimum(norm.value[:-1], norm.value[1:]), 1e-300)
    a_step = np.expm1(np.log1p(np.abs(np.diff(norm.value)) / level) / steps)
    top = int(np.argmax(a_step))
    most = float(a_step[top])
    if most < LEAP:
        return None
    first, last = float(norm.step[top]), float(norm.step[top + 1])
    sentence = (
        f"The norm of the parameters goes from {number(float(norm.value[top]))} at "
        f"{at(run, first)} to {number(float(norm.value[top + 1]))} at {at(run, last)}: "
        f"{number(100 * most)} % a step."
    )
    return Finding(
        ID, first, (first, last), min(1.0, 0.5 + (most - LEAP) / 0.07), (sentence,),
        {"change_a_step": most},
    )  # fmt: skip
