"""The loss stands where a library clamps its logarithm: certain answers that are wrong.

A probability that has come to nothing costs -ln of the least value a library
lets it have: 1e-7 of Keras (16.118), the epsilon of float32 (15.942), 1e-8,
1e-10, 1e-12 and 1e-15 by hand, the least float32 of Caffe (87.337), and 100 of
PyTorch's BCELoss. Where every wrong answer is that certain the loss is that
cost times the share of wrong ones: so it stands within 0.3 % for three of the
last five points and more, an accuracy under 0.98 at hand, or is the cost
itself to 1 part in 10,000.

Sources: torch.nn.BCELoss ("clamps its log function outputs to be greater than
or equal to -100"); tf.keras.backend.epsilon, 1e-7.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Array, Run
from neural_trainer.symptoms.correctness import accuracy
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-at-clamp"
NEEDS = {"loss": 3}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.001
LEAST = (1e-7, 2.0**-23, 1e-8, 1e-10, 1e-12, 1e-15, 2.0**-126)  # of a probability
COSTS = (*(-math.log(least) for least in LEAST), 100.0)  # nat
LATE, FEWEST = 5, 3
NEAR, NEAR_ALONE = 0.003, 1e-4
PERFECT = 0.98


def find(run: Run) -> Finding | None:
    """Return the clamp that the loss stands at."""
    part = training_loss(run)
    if part is None or len(part.series.finite()) < NEEDS["loss"]:
        return None
    loss = part.series.finite()
    step, late = loss.step[-LATE:], loss.value[-LATE:]
    right = accuracy(run, "accuracy")
    wrong = None if right is None else 1 - np.array([right.at(s) for s in step])
    for cost in COSTS:
        alone = np.abs(late / cost - 1) <= NEAR_ALONE
        if alone.sum() >= FEWEST:
            return _finding(run, part.name, step[alone], cost, f"{number(cost)}, ")
        if wrong is None:
            continue
        shared = (wrong >= 1 - PERFECT) & (np.abs(late - cost * wrong) <= NEAR * cost * wrong)
        if shared.sum() >= FEWEST:
            share = f"{number(cost)} times the share of wrong answers, {number(float(wrong[-1]))}: "
            return _finding(run, part.name, step[shared], cost, share)
    return None


def _finding(run: Run, name: str, step: Array, cost: float, told: str) -> Finding:
    begin, end = float(step[0]), float(step[-1])
    sentence = (
        f"{name} stands at {told}what a probability clamped at the least that a library allows "
        f"costs, from {at(run, begin)} on: every wrong answer is a certain one."
    )
    return Finding(ID, begin, (begin, end), 1.0, (sentence,), {"cost": cost})
