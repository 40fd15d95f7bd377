"""The first gradient is larger than the parameters that it is to move.

The norm of the first gradient that is logged is 2.5 times that of the
parameters or more. At usual scales of inputs, weights and losses it is a
hundredth to a half of it. Inputs of hundreds do this before anything has
learnt, as a gradient is proportional to what comes in, and weights that begin
too large, recurrences that blow up, a loss that is summed over a batch or that
has targets of large units: with these the gradient is large of itself, and
Adam does well all the same. Strength 0.5 at 2.5 times, 1 from 25 times on.
"""

from __future__ import annotations

import math

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at, number

ID = "gradient-dwarfs-parameters"
NEEDS = {"grad_norm": 5, "param_norm": 5}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.03
TIMES = 2.5


def find(run: Run) -> Finding | None:
    """Return how many times the first gradient is larger than the parameters."""
    gradient, norm = (run.signals[name].finite() for name in ("grad_norm", "param_norm"))
    if not len(gradient) or not len(norm) or norm.value[0] <= 0:
        return None
    times = float(gradient.value[0] / norm.value[0])
    if times < TIMES:
        return None
    step = float(gradient.step[0])
    sentence = (
        f"The norm of the gradient is {number(float(gradient.value[0]))} at {at(run, step)}, "
        f"{number(times)} times that of the parameters, {number(float(norm.value[0]))}."
    )
    strength = min(1.0, 0.5 + 0.5 * math.log10(times / TIMES))
    return Finding(ID, step, (step, step), strength, (sentence,), {"times": times})
