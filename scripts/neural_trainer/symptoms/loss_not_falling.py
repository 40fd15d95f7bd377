"""The loss is where it began: it never fell by more than its noise.

The levels are the medians of the first and the last fifth of up to 200 blocks.
The fall counts as none where it is under a scatter of the blocks or under 2 %
of the first level (a run whose noise is small but whose loss stands still),
where three errors of it (of a median 1.25 x scatter / sqrt(blocks), times
sqrt(2) for two) would not hide a tenth of that level, and where the slope over
log step is not significant (z above -3, with autocorrelation allowed for), nor
that of a held-out loss. It says nothing of a run that began at its floor.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import blocks, head, slope, smooth, tail
from neural_trainer.signals.noise import scatter
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import held_out_pairs, training_loss

ID = "loss-not-falling"
NEEDS = {"loss": 8}
GIVEN: tuple[str, ...] = ()
ALARM = False  # a plateau may come before a drop: the verdict at the end tells, no alarm before
BACKGROUND = 0.02
BLOCKS = 200
SMALL = 0.02  # share of the first level
HIDDEN = 0.1  # share of the first level: noise that could hide a fall by more tells nothing
ERRORS = 3.0
SIGNIFICANT = -3.0  # standard errors of the slope


def find(run: Run) -> Finding | None:
    """Return that the training loss stands where it began, if it does."""
    part = training_loss(run)
    if part is None:
        return None
    course = blocks(part.series.finite(), BLOCKS)
    if len(course) < NEEDS["loss"]:
        return None
    early, late = head(course.value, 0.2), tail(course.value, 0.2)
    first, last = median(early), median(late)
    lowest = float(smooth(course.value, max(3, len(course) // 10)).min())
    noise = scatter(course.value)
    still = max(noise, SMALL * abs(first))
    began = median(course.value[:3])
    if began - lowest > 3 * still or abs(first - last) > still:
        return None
    if first - last + ERRORS * 1.25 * noise * math.sqrt(2 / len(early)) > HIDDEN * abs(first):
        return None
    held_out = [pair.held_out.series for pair in held_out_pairs(run)]
    if any(_falls(series) for series in [course, *held_out]):
        return None
    sentence = (
        f"{part.name} is {number(last)} at {at(run, course.step[-1])} and was {number(first)} "
        f"at the start; its scatter is {number(noise)}."
    )
    window = (float(course.step[0]), float(course.step[-1]))
    return Finding(
        ID, window[0], window, 1.0, (sentence,), {"first": first, "last": last, "noise": noise}
    )


def _falls(series: Series) -> bool:
    """Tell whether `series` falls significantly over log step."""
    course = blocks(series, BLOCKS)
    return (
        len(course) > 0
        and slope(np.log1p(course.step - course.step[0]), course.value).z < SIGNIFICANT
    )
