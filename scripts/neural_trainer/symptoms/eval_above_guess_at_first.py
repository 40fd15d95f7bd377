"""At the first evaluation the held-out loss is no better than a guess, while
the training loss is far better.

A guess is what the first training loss cost, of a model that had learnt nothing.
The held-out loss is as high or higher, within 2 %, and the training loss 0.8 of
that or less, at the third point or later. A held-out accuracy of more than 1.5
times what guessing gives (K classes, from the first loss: ln K) says that a loss
under 1.5 times a guess is of answers that are too certain, not unknown.
Overfitting learns something that holds at first: data of another kind, or treated
otherwise, is not even guessed.
Strength 0.6 at a guess, 1 from twice as much on.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.correctness import accuracy
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import held_out_pairs

ID = "eval-above-guess-at-first"
NEEDS = {"eval/loss": 1, "loss": 3}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.005
WITHIN = 0.02
LEARNT = 0.8
THIRD = 2
GUESSED = 1.5


def find(run: Run) -> Finding | None:
    """Return how far the held-out loss is from what had been learnt."""
    for pair in held_out_pairs(run):
        train, held_out = pair.train.series, pair.held_out.series
        if len(train) < NEEDS["loss"] or len(held_out) == 0:
            continue
        guess, step = float(train.value[0]), float(held_out.step[0])
        before = int(np.searchsorted(train.step, step, side="right")) - 1
        if guess <= 0 or before < THIRD:
            continue
        level, first = float(np.median(train.value[before - 1 : before + 1])), held_out.value[0]
        if (
            level > LEARNT * guess
            or first < (1 - WITHIN) * guess
            or (first < GUESSED * guess and _is_right(run, guess))
        ):
            continue
        sentence = (
            f"{pair.held_out.name} is {number(float(first))} at the first evaluation, "
            f"{at(run, step)}, no better than {pair.train.name} was at first, {number(guess)}; "
            f"{pair.train.name} is {number(level)} by then."
        )
        strength = float(min(1.0, 0.6 + 0.4 * max(0.0, first / guess - 1)))
        times = float(first) / guess
        return Finding(ID, step, (step, step), strength, (sentence,), {"times": times})
    return None


def _is_right(run: Run, guess: float) -> bool:
    """Tell whether the first held-out answers are more often right than guessing makes them."""
    held_out = accuracy(run, "eval/accuracy")
    return held_out is not None and float(held_out.value[0]) > GUESSED * math.exp(-guess)
