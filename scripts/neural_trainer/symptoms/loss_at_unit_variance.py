"""The loss stands at 1: what the mean of standardised targets costs.

There is no accuracy, and the last half of the training loss lies within 5 % of
1, does not fall, and began at 1.7 times that at most: a regression on targets
of unit variance, mean squared error, that answers their mean whatever the
input. (At 0.5 where the error is halved.)
"""

from __future__ import annotations

from neural_trainer.runs.run import Run
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


def find(run: Run) -> Finding | None:
    """Return that the loss stands at the variance of standardised targets."""
    part = training_loss(run)
    if part is None or run.get("accuracy") is not None or run.get("eval/accuracy") is not None:
        return None
    course = blocks(part.series.finite(), 100)
    late = tail(course.value, 0.5)
    level = median(late)
    unit = min((1.0, 0.5), key=lambda one: abs(level / one - 1))
    if median(course.value[:3]) > BEGAN * unit:
        return None
    if abs(level / unit - 1) > NEAR or slope(course.step[-len(late) :], late).z < -4:
        return None
    begin, end = float(course.step[-len(late)]), float(course.step[-1])
    sentence = (
        f"{part.name} stands at {number(level)} from {at(run, begin)} on: {number(unit)} is what "
        "the mean of targets of unit variance costs."
    )
    strength = 0.8 if unit == 1.0 else 0.4
    return Finding(ID, begin, (begin, end), strength, (sentence,), {"level": level})
