"""The loss shoots up at the very start and then stands where guessing does.

The highest of the first tenth of the blocks is at least twice the level of the
last half, which lies within 15 % of its own lowest, and the accuracy, where it
is logged, ends under three times one over the number of classes that the
level stands for. A run whose inputs or weights are too large starts as high
and goes on falling.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import blocks, tail
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-recoils-to-chance"
NEEDS = {"loss": 12}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.01
BLOCKS = 100
PEAK = 2.0
FLAT = 0.15
GUESSING = 3.0


def find(run: Run) -> Finding | None:
    """Return the recoil of the training loss."""
    part = training_loss(run)
    if part is None:
        return None
    course = blocks(part.series.finite(), BLOCKS)
    if len(course) < NEEDS["loss"]:
        return None
    early = course.value[: max(2, len(course) // 10)]
    late = tail(course.value, 0.5)
    level, lowest = float(np.median(late)), float(np.quantile(late, 0.05))
    peak = float(early.max())
    if lowest <= 0 or peak < PEAK * level or level > (1 + FLAT) * lowest:
        return None
    accuracy = run.get("accuracy") or run.get("eval/accuracy")
    if accuracy is not None:
        right = float(np.median(tail(accuracy.finite().value, 0.3)))
        right = right / 100 if float(accuracy.finite().value.max()) > 1 else right
        if right > GUESSING * float(np.exp(-level)):
            return None
    where = float(course.step[int(np.argmax(early))])
    first, last = float(course.step[-len(late)]), float(course.step[-1])
    sentence = (
        f"{part.name} is {number(peak)} at {at(run, where)} and stands at {number(level)} from "
        f"{at(run, first)} on."
    )
    return Finding(
        ID, where, (where, last), 1.0 if accuracy is not None else 0.6, (sentence,),
        {"peak": peak, "level": level},
    )  # fmt: skip
