"""The loss falls in a straight line, as if training had only just begun.

A loss bends as it is learnt: its second half gains a fraction of the first.
Here, after the first tenth, a straight line explains 90 % of the variance of
up to 100 blocks, the second half gains between 0.6 and 1.7 times what the
first does, the whole fall is at least six scatters, and less than half of
where it began (of a positive loss). A learning rate under a warm-up through
the whole run bends it the other way.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import blocks, smooth
from neural_trainer.signals.noise import scatter
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-falls-straight"
NEEDS = {"loss": 15}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.03
BLOCKS = 100
EXPLAINED = 0.9
HALVES = (0.6, 1.7)
SCATTERS = 6.0
MOST = 0.5  # of the level at the start


def find(run: Run) -> Finding | None:
    """Return the straight fall of the training loss."""
    part = training_loss(run)
    if part is None:
        return None
    course = blocks(part.series.finite(), BLOCKS)
    course = course.where(np.arange(len(course)) >= len(course) // 10)
    if len(course) < 12:
        return None
    level = smooth(course.value, 5)
    third = max(2, len(level) // 10)
    start, middle, end = (
        median(piece)
        for piece in (level[:third], level[len(level) // 2 - 1 :][:third], level[-third:])
    )
    gain = start - end
    if gain <= 0:
        return None
    if gain < SCATTERS * scatter(course.value) / np.sqrt(third) or (
        start > 0 and gain > MOST * start
    ):
        return None
    ratio = (middle - end) / max(start - middle, 1e-12)
    x = course.step - course.step.mean()
    residual = course.value - course.value.mean() - x * float(x @ course.value) / float(x @ x)
    explained = 1 - float(residual.var() / course.value.var())
    if not HALVES[0] <= ratio <= HALVES[1] or explained < EXPLAINED:
        return None
    first, last = float(course.step[0]), float(course.step[-1])
    sentence = (
        f"{part.name} falls from {number(start)} to {number(end)} in a straight line: by "
        f"{number(start - middle)} in the first half and {number(middle - end)} in the second, "
        f"from {at(run, first)} on."
    )
    return Finding(
        ID, first, (first, last), min(1.0, 0.5 + explained / 2), (sentence,),
        {"ratio": ratio, "explained": explained, "gain": gain},
    )  # fmt: skip
