"""The loss stands where a softmax taken twice lets it come.

Probabilities fed to a cross-entropy as if they were logits lie in [0, 1]: a
sure and right answer among K costs ln(1 + (K - 1) / e), a sure and wrong one 1
more, and a guess ln K. So the loss stands at ln(1 + (K - 1) / e) + (1 - A) for
an accuracy of A, within 2 %, for the whole number K that the first loss stands
for within a quarter of it, never leaves that range and no longer falls (its last
third, by three standard errors): a loss on its way down passes there too. From
50 classes on the floors lie so close that any loss is near one: those are not
judged.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import blocks, slope, tail
from neural_trainer.symptoms.correctness import accuracy, last
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-at-softmax-floor"
NEEDS = {"loss": 10, "accuracy": 10}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.002
NEAR = 0.02
OFF = 0.25  # of K, as the first loss tells it
MOST = 50
FEWEST_RIGHT = 0.5


def find(run: Run) -> Finding | None:
    """Return the number of classes whose floor the loss stands at."""
    part, right = training_loss(run), accuracy(run, "accuracy")
    if part is None or right is None:
        return None
    loss = part.series.finite()
    end, share = last(loss), last(right)
    low = float(loss.value.min())
    if share < FEWEST_RIGHT or not 0 < float(loss.value[0]) < math.log(MOST):
        return None
    course = blocks(loss, 100)
    third = tail(course.value, 1 / 3)
    if len(third) < 4 or slope(course.step[-len(third) :], third).z < -3:
        return None
    told = math.exp(float(loss.value[0]))
    for classes in range(max(2, round((1 - OFF) * told)), round((1 + OFF) * told) + 2):
        floor = math.log(1 + (classes - 1) / math.e)
        expected = floor + (1 - share)
        if (
            abs(end - expected) <= NEAR * expected
            and low >= 0.97 * floor
            and end < 0.98 * float(np.max(loss.value[:3]))
        ):
            begin = float(loss.step[int(0.8 * len(loss))])
            sentence = (
                f"{part.name} ends at {number(end)} with an accuracy of {number(share)}: a softmax "
                f"taken twice among {classes} classes comes to {number(expected)}, and cannot "
                f"pass {number(floor)}."
            )
            return Finding(
                ID, begin, (begin, float(loss.step[-1])), 1.0, (sentence,),
                {"classes": float(classes), "floor": floor, "loss": end},
            )  # fmt: skip
    return None
