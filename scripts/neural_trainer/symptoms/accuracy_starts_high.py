"""The accuracy is high from the first points on, and hardly rises.

The first tenth of the training or held-out accuracy is 0.75 or more, and the
end is less than 0.15 above it: most answers are right before anything was
learnt. Classes of very unequal size do this, and padding that is counted as
right.
"""

from __future__ import annotations

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.correctness import accuracy, first, last
from neural_trainer.symptoms.finding import Finding, at, number

ID = "accuracy-starts-high"
NEEDS = {"loss": 5}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.05
HIGH, MORE = 0.75, 0.15


def find(run: Run) -> Finding | None:
    """Return the accuracy that begins high."""
    right = accuracy(run, "accuracy", "eval/accuracy")
    if right is None or len(right) < 5:
        return None
    begin, end = float(right.step[0]), float(right.step[-1])
    if first(right) < HIGH or last(right) > first(right) + MORE:
        return None
    sentence = (
        f"The accuracy is {number(first(right))} from {at(run, begin)} on and ends at "
        f"{number(last(right))}."
    )
    return Finding(ID, begin, (begin, end), 1.0, (sentence,), {"first": first(right)})
