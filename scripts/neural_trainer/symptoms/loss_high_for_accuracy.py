"""The training loss is higher than a calibrated model of this accuracy can
have.

A model that is right with probability A, and spreads its doubt evenly over the
other classes, loses -A ln A - (1 - A) ln((1 - A) / (K - 1)), and no calibrated
one loses more. K is what the first loss stands for, exp of it. Here the end of
the training loss is above that by a tenth and by 0.1 nat, at an accuracy of
0.5 or more. Answers that cannot become sure (softmax taken twice), smoothed
labels, and a loss of other units do this.
"""

from __future__ import annotations

import math

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.correctness import LARGEST, accuracy, calibrated_loss, last
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-high-for-accuracy"
NEEDS = {"loss": 10, "accuracy": 10}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.04
FEWEST_RIGHT = 0.5
MORE, NATS = 1.1, 0.1


def find(run: Run) -> Finding | None:
    """Return how far the loss is above that of a calibrated model."""
    part, right = training_loss(run), accuracy(run, "accuracy")
    if part is None or right is None:
        return None
    loss = part.series.finite()
    start, end, share = float(loss.value[0]), last(loss), last(right)
    if share < FEWEST_RIGHT or not 0 < start < LARGEST:
        return None
    classes = max(2.0, math.exp(start))
    most = calibrated_loss(share, classes)
    if end < MORE * most or end < most + NATS:
        return None
    begin = float(loss.step[int(0.8 * len(loss))])
    sentence = (
        f"{part.name} ends at {number(end)} with an accuracy of {number(share)}; a calibrated "
        f"model that is as often right loses {number(most)} at most."
    )
    return Finding(
        ID, begin, (begin, float(loss.step[-1])), min(1.0, 0.5 + (end - most) / 2), (sentence,),
        {"loss": end, "most": most, "accuracy": share},
    )  # fmt: skip
