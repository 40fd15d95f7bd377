"""The held-out answers are right more seldom than guesses, and the training's
are right.

In all of at least five evaluations the held-out accuracy is at most 0.3 of what
guessing among K classes gives, K from the first training loss (ln K), or 0.02
where no more are told; at the end the held-out loss is above what a guess costs
and the training accuracy three times what it gives, or nine tenths. Held-out
data of which nothing is known is guessed; never to be right takes answers that
training does not hold: other classes, or the same in another order, as where the
last part of sorted data is held out.
"""

from __future__ import annotations

import math

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.correctness import accuracy, last
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import training_loss

ID = "eval-below-guess"
NEEDS = {"accuracy": 5, "eval/accuracy": 5, "eval/loss": 2, "loss": 5}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.002
UNDER, AMONG_FEW = 0.3, 0.02
RIGHT, NEARLY_ALL = 3.0, 0.9


def find(run: Run) -> Finding | None:
    """Return how seldom the held-out answers are right."""
    part, held_out_loss = training_loss(run), run.get("eval/loss")
    train, held_out = accuracy(run, "accuracy"), accuracy(run, "eval/accuracy")
    if part is None or held_out_loss is None or train is None or held_out is None:
        return None
    costs = float(part.series.finite().value[0])
    guess = min(0.5, math.exp(-max(costs, 0.0)))
    most, right = float(held_out.value.max()), last(train)
    if most > max(UNDER * guess, min(AMONG_FEW, guess)):
        return None
    loss = last(held_out_loss.finite())
    if loss <= costs or right < min(NEARLY_ALL, RIGHT * guess):
        return None
    begin, end = float(held_out.step[0]), float(held_out.step[-1])
    sentence = (
        f"eval/accuracy is {number(most)} at best in {len(held_out)} evaluations, where guessing "
        f"gives {number(guess)} and accuracy is {number(right)}; eval/loss is {number(loss)}."
    )
    return Finding(ID, begin, (begin, end), 1.0, (sentence,), {"best": most, "guess": guess})
