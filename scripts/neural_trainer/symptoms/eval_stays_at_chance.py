"""Training learns and the held-out accuracy stays where it began.

The training accuracy ends at three times its start or more, and at least 0.2
above it, while the best held-out accuracy, median over three evaluations, is
no more than 1.3 times what guessing among K classes gives, K from the first
training accuracy, or from the first loss. What is learnt in training holds for
nothing else: targets that belong to other inputs are memorised. Overfitting
learns something that holds at first.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import smooth
from neural_trainer.symptoms.correctness import accuracy, last
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "eval-stays-at-chance"
NEEDS = {"accuracy": 8, "eval/accuracy": 3, "loss": 8}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.003
GROWN, MORE = 1.8, 0.15
CHANCE = 1.4


def find(run: Run) -> Finding | None:
    """Return that held-out accuracy does not leave chance."""
    part = training_loss(run)
    train, held_out = accuracy(run, "accuracy"), accuracy(run, "eval/accuracy")
    if part is None or train is None or held_out is None:
        return None
    start = float(train.value[0])
    guess = max(math.exp(-max(float(part.series.finite().value[0]), 0.0)), 1e-6)
    guess = max(guess, min(start, 2 * guess))
    best = float(np.max(smooth(held_out.value, 3)))
    if last(train) < max(GROWN * guess, guess + MORE) or best > CHANCE * guess:
        return None
    begin, end = float(held_out.step[0]), float(held_out.step[-1])
    sentence = (
        f"accuracy rises from {number(start)} to {number(last(train))}, and eval/accuracy is "
        f"{number(best)} at best from {at(run, begin)} on: guessing gives {number(guess)}."
    )
    return Finding(ID, begin, (begin, end), 1.0, (sentence,), {"best": best, "guess": guess})
