"""The first losses are far above what guessing costs.

The loss of the first point is at least three times -ln of the accuracy there:
a model that guesses among K classes loses ln K and is right in one of K. Only
an accuracy under 0.6 tells it. Weights or inputs that are too large, a loss
that is summed, or first steps that are far too long do this. Strength 0.5 at
three times, 1 from six times on.
"""

from __future__ import annotations

import math

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.correctness import accuracy
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "first-loss-high"
NEEDS = {"loss": 5, "accuracy": 5}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.02
TIMES = 3.0
TOLD = 0.6  # accuracy


def find(run: Run) -> Finding | None:
    """Return how far the first loss is above a guess."""
    part, right = training_loss(run), accuracy(run, "accuracy")
    if part is None or right is None:
        return None
    loss, share = float(part.series.finite().value[0]), float(right.value[0])
    if not 0 < share < TOLD:
        return None
    times = loss / -math.log(share)
    if times < TIMES:
        return None
    step = float(part.series.step[0])
    sentence = (
        f"{part.name} is {number(loss)} at {at(run, step)}, where an accuracy of {number(share)} "
        f"goes with {number(-math.log(share))} or so."
    )
    strength = min(1.0, 0.5 + (times - TIMES) / 6)
    return Finding(ID, step, (step, step), strength, (sentence,), {"times": times})
