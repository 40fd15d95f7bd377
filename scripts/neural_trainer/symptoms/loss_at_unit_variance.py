"""The loss stands at what the mean of standardised targets costs: 1, of squared
error.

There is no accuracy, and the last half of the training loss lies within 5 % of
1, does not fall, and began at 1.7 times that at most: a regression on targets
of unit variance, mean squared error, that answers their mean whatever the
input. (At 0.5 where the error is halved.)

Of a standard normal variable Z the mean of |Z| is sqrt(2 / pi) = 0.798, and of
Huber's loss with delta 1, Z^2 / 2 up to 1 and |Z| - 1 / 2 above, it is
0.0994 + 0.3253 = 0.4247 (the integrals of either part over the density). That
holds for normal targets alone: uniform ones cost 9 % more, so 8 % are let pass.
Many losses come by 0.8 or 0.42, so that this one has to stand there from the start,
within a quarter (an untrained output of a third of unit variance adds 15 % to the
absolute error and 25 % to Huber's), and the held-out loss with it: it must be
logged, move by 2 % at most from its first to its last evaluation (a constant has
nothing to gain), and never leave the 8 %.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Array, Run
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import blocks, slope, tail
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-at-unit-variance"
NEEDS = {"loss": 12}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.01
NEAR = 0.05
BEGAN = 1.7
_PHI = math.exp(-0.5) / math.sqrt(2 * math.pi)  # the normal density at 1
_WITHIN = math.erf(1 / math.sqrt(2))  # the share of it within 1
OF_NORMAL = {
    "absolute error": math.sqrt(2 / math.pi),
    "Huber's loss": (_WITHIN - 2 * _PHI) / 2 + 2 * _PHI - (1 - _WITHIN) / 2,
}
NEAR_NORMAL, BEGAN_NORMAL, MOVES = 0.08, 1.25, 0.02


def find(run: Run) -> Finding | None:
    """Return that the loss stands at what the mean of standardised targets costs."""
    part = training_loss(run)
    if part is None or run.get("accuracy") is not None or run.get("eval/accuracy") is not None:
        return None
    course = blocks(part.series.finite(), 100)
    late = tail(course.value, 0.5)
    level, began = median(late), median(course.value[:3])
    if slope(course.step[-len(late) :], late).z < -4:
        return None
    unit = min((1.0, 0.5), key=lambda one: abs(level / one - 1))
    if abs(level / unit - 1) <= NEAR and began <= BEGAN * unit:
        strength, meaning = (0.8 if unit == 1.0 else 0.4), "the mean of targets of unit variance"
    else:
        held_out = run.get("eval/loss")
        if held_out is None:
            return None
        cost = _of_normal(level, began, held_out.finite().value)
        if cost is None:
            return None
        unit, strength = OF_NORMAL[cost], 0.6
        meaning = f"the mean of normal targets of unit variance, by {cost},"
    begin, end = float(course.step[-len(late)]), float(course.step[-1])
    sentence = (
        f"{part.name} stands at {number(level)} from {at(run, begin)} on: {number(unit)} is what "
        f"{meaning} costs."
    )
    return Finding(ID, begin, (begin, end), strength, (sentence,), {"level": level})


def _of_normal(level: float, began: float, held_out: Array) -> str | None:
    """Return the loss of which the mean of normal targets stands where all three stand."""
    for cost, unit in OF_NORMAL.items():
        if (
            abs(level / unit - 1) <= NEAR_NORMAL
            and began <= BEGAN_NORMAL * unit
            and len(held_out) >= 3
            and np.all(np.abs(held_out / unit - 1) <= NEAR_NORMAL)
            and abs(held_out[-1] / held_out[0] - 1) <= MOVES
        ):
            return cost
    return None
