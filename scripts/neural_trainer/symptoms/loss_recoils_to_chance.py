"""The loss shoots up at the very start and then stands where guessing does.

The highest of the first tenth of the blocks is at least twice the level of the
last half, which the loss has reached to 15 % by a fifth of the run, and the
accuracy, where it is logged, ends under three times one over the number of
classes that the level stands for. Without an accuracy the peak must be five
times the level, and counts for less: a quick fit looks alike. A run whose
inputs or weights are too large starts as high and goes on falling.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import blocks, tail
from neural_trainer.symptoms.correctness import accuracy, last
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-recoils-to-chance"
NEEDS = {"loss": 12}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.01
BLOCKS = 100
PEAK, PEAK_ALONE = 2.0, 5.0
BY = 0.2  # of the run
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
    level, lowest = median(late), float(np.quantile(late, 0.05))
    peak = float(early.max())
    right = accuracy(run, "accuracy", "eval/accuracy")
    if lowest <= 0 or peak < (PEAK_ALONE if right is None else PEAK) * level:
        return None
    fifth = course.value[int(BY * len(course)) :][:3]
    if level > (1 + FLAT) * lowest or median(fifth) > (1 + FLAT) * level:
        return None
    if right is not None and last(right) > GUESSING * float(np.exp(-level)):
        return None
    where = float(course.step[int(np.argmax(early))])
    begin, end = float(course.step[-len(late)]), float(course.step[-1])
    sentence = (
        f"{part.name} is {number(peak)} at {at(run, where)} and stands at {number(level)} from "
        f"{at(run, begin)} on."
    )
    return Finding(
        ID, where, (where, end), 0.4 if right is None else 1.0, (sentence,),
        {"peak": peak, "level": level},
    )  # fmt: skip
