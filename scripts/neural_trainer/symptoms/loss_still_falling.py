"""The loss still falls at the end, at a rate that matters.

The last fifth of the training loss lies at least 5 % of the whole gain under
the fifth before, by four standard errors, and the learning rate, where it is
logged, is not under a half of its peak. More steps would have gained more. A
run that is under way does the same, so it is no alarm.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import blocks
from neural_trainer.signals.noise import deviation
from neural_trainer.symptoms.correctness import first
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-still-falling"
NEEDS = {"loss": 15, "lr": 3}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.15
SHARE = 0.05  # of the whole gain
ERRORS = 4.0
DECAYED = 0.5  # of the peak


def find(run: Run) -> Finding | None:
    """Return what the last fifth still gained."""
    part = training_loss(run)
    if part is None:
        return None
    course = blocks(part.series.finite(), 100)
    fifth = len(course) // 5
    before, late = course.value[-2 * fifth : -fifth], course.value[-fifth:]
    if len(course) < NEEDS["loss"] or fifth < 3:
        return None
    gained = median(before) - median(late)
    noise = max(deviation(np.diff(late)), deviation(np.diff(before))) / np.sqrt(fifth)
    whole = first(course) - median(late)
    rate = run.signals["lr"].finite().value
    if rate[-1] < DECAYED * float(rate.max()):
        return None
    if gained < ERRORS * noise or gained < SHARE * whole or gained <= 0:
        return None
    begin, end = float(course.step[-2 * fifth]), float(course.step[-1])
    sentence = (
        f"{part.name} fell by {number(gained)} from {at(run, begin)} to {at(run, end)}, the last "
        f"two fifths, {number(100 * gained / max(whole, 1e-12))} % of its whole gain."
    )
    return Finding(ID, begin, (begin, end), 1.0, (sentence,), {"share": gained / max(whole, 1e-12)})
