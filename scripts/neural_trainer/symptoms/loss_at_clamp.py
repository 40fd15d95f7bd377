"""A loss stands where a library clamps its logarithm: certain answers that are wrong.

A probability that has come to nothing costs -ln of the least value a library
lets it have: 1e-7 of Keras (16.118), the epsilon of float32 (15.942), 1e-6,
1e-8, 1e-10, 1e-12 and 1e-15 by hand, the least float32 of Caffe (87.337), and
100 of PyTorch's BCELoss. Where every wrong answer is that certain the training
loss is that cost times the share of wrong ones: so it stands within 0.3 % for
three of the last five points and more, an accuracy under 0.98 at hand. Or a
loss, whole, a term or held out, is the cost itself in three of its last five
points to 1 part in 10,000, or in two to 1 part in 100,000, which 100, a round
number, may be by chance.

Sources: torch.nn.BCELoss ("clamps its log function outputs to be greater than
or equal to -100"); tf.keras.backend.epsilon, 1e-7.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Array, Run
from neural_trainer.symptoms.correctness import accuracy
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import Part, losses, training_loss

ID = "loss-at-clamp"
NEEDS = {"any loss": 2}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.001
LEAST = (1e-6, 1e-7, 2.0**-23, 1e-8, 1e-10, 1e-12, 1e-15, 2.0**-126)  # of a probability
ROUND = 100.0
COSTS = (*(-math.log(least) for least in LEAST), ROUND)  # nat
LATE, FEWEST = 5, 3
NEAR, NEAR_ALONE = 0.003, 1e-4
FEWEST_EXACT, EXACT = 2, 1e-5
PERFECT = 0.98


def find(run: Run) -> Finding | None:
    """Return the clamp that a loss stands at, the training loss before others."""
    whole = training_loss(run)
    for part in [*([whole] if whole is not None else []), *losses(run)]:
        found = _alone(run, part)
        if found is not None:
            return found
    return _shared(run, whole) if whole is not None else None


def _alone(run: Run, part: Part) -> Finding | None:
    """Return the clamp that a loss is itself."""
    loss = part.series.finite()
    step, late = loss.step[-LATE:], loss.value[-LATE:]
    for cost in COSTS:
        apart = np.abs(late / cost - 1)
        exact = (apart <= EXACT).sum() >= FEWEST_EXACT and cost != ROUND
        if exact or (apart <= NEAR_ALONE).sum() >= FEWEST:
            return _finding(run, part.name, step[apart <= NEAR_ALONE], cost, f"{number(cost)}, ")
    return None


def _shared(run: Run, part: Part) -> Finding | None:
    """Return the clamp that the loss is as often as answers are wrong."""
    right = accuracy(run, "accuracy")
    if right is None:
        return None
    loss = part.series.finite()
    step, late = loss.step[-LATE:], loss.value[-LATE:]
    wrong = 1 - np.array([right.at(s) for s in step])
    for cost in COSTS:
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
