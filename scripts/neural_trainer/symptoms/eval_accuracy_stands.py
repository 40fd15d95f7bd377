"""The held-out accuracy stands still while the training accuracy rises on.

From the first third of the evaluations on the held-out accuracy gains less
than 0.02, at least 0.1 below the training accuracy, which gains 0.05 or more in
the same time.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.correctness import accuracy, last
from neural_trainer.symptoms.finding import Finding, at, number

ID = "eval-accuracy-stands"
NEEDS = {"accuracy": 8, "eval/accuracy": 4}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.04
GAINED, ROSE, APART = 0.02, 0.05, 0.1


def find(run: Run) -> Finding | None:
    """Return the held-out accuracy that stands."""
    train, held_out = accuracy(run, "accuracy"), accuracy(run, "eval/accuracy")
    if train is None or held_out is None or len(held_out) < NEEDS["eval/accuracy"]:
        return None
    third = len(held_out) // 3
    then, step = float(np.median(held_out.value[: third + 1])), float(held_out.step[third])
    end = last(held_out)
    if end > then + GAINED or last(train) < end + APART or last(train) < train.at(step) + ROSE:
        return None
    sentence = (
        f"eval/accuracy is {number(then)} by {at(run, step)} and {number(end)} at the end, while "
        f"accuracy rises from {number(train.at(step))} to {number(last(train))}."
    )
    return Finding(
        ID, step, (step, float(held_out.step[-1])), 1.0, (sentence,),
        {"apart": last(train) - end},
    )  # fmt: skip
