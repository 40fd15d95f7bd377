"""The loss is where it began: it never fell by more than its noise.

The levels are the medians of the first and the last fifth of up to 200 blocks.
The fall counts as none where it is under a scatter of the blocks and under 2 %
of the first level (a run whose noise is small but whose loss stands still),
and the slope over log step is not significant (z above -3, with
autocorrelation allowed for). It says nothing of a run that began at its floor.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import blocks, head, slope, smooth, tail
from neural_trainer.signals.noise import scatter
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-not-falling"
NEEDS = {"loss": 20}
GIVEN: tuple[str, ...] = ()
ALARM = True
BLOCKS = 200
SMALL = 0.02  # share of the first level
SIGNIFICANT = -3.0  # standard errors of the slope


def find(run: Run) -> Finding | None:
    """Return that the training loss stands where it began, if it does."""
    part = training_loss(run)
    if part is None:
        return None
    course = blocks(part.series.finite(), BLOCKS)
    if len(course) < NEEDS["loss"]:
        return None
    first = float(np.median(head(course.value, 0.2)))
    last = float(np.median(tail(course.value, 0.2)))
    lowest = float(smooth(course.value, max(3, len(course) // 10)).min())
    noise = scatter(course.value)
    still = max(noise, SMALL * abs(first))
    fit = slope(np.log1p(course.step - course.step[0]), course.value)
    began = float(np.median(course.value[:3]))
    if began - lowest > 3 * still or abs(first - last) > still or fit.z < SIGNIFICANT:
        return None
    sentence = (
        f"{part.name} is {number(last)} at {at(run, course.step[-1])} and was {number(first)} "
        f"at the start; its scatter is {number(noise)}."
    )
    window = (float(course.step[0]), float(course.step[-1]))
    return Finding(
        ID, window[0], window, 1.0, (sentence,), {"first": first, "last": last, "noise": noise}
    )
