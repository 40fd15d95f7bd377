"""The loss rose as the learning rate rose, and came down only as it came down.

Beyond a stable learning rate the loss settles the higher the larger the steps
are. Before the learning rate's peak the loss has a lowest level; it counts as
following where the loss then rises by six times the error of a level (1.25 x
scatter / sqrt(points of the running median)), and comes back to that lowest
level only once the learning rate is under three quarters of its peak, a fifth
of the run later at least. The bump at the end of a warm-up is made good while
the learning rate is still high, and so stays unseen. The learning rate must
vary by a factor of four.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import blocks, smooth
from neural_trainer.signals.noise import scatter
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-follows-lr"
NEEDS = {"loss": 30, "lr": 20}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.005
BLOCKS = 200
WINDOW = 0.08  # share of the blocks in the running median
ERRORS = 6.0
DOWN = 0.75  # of the peak learning rate
LENGTH = 0.2  # share of the run
VARIES = 4.0  # x


def find(run: Run) -> Finding | None:
    """Return the stretch in which the loss goes up and down with the learning rate."""
    part, logged = training_loss(run), run.get("lr")
    if part is None or logged is None:
        return None
    lr = logged.finite()
    top_lr = int(np.argmax(lr.value))
    if lr.value[top_lr] <= 0 or lr.value.min() * VARIES > lr.value[top_lr]:
        return None
    course = blocks(part.series.finite(), BLOCKS)
    window = max(5, round(WINDOW * len(course)))
    level = smooth(course.value, window)
    before = np.flatnonzero(course.step <= lr.step[top_lr])
    if len(before) < window:
        return None
    low = int(np.argmin(level[before]))
    lowest = float(level[low])
    back = low + 1 + np.flatnonzero(level[low + 1 :] <= lowest)
    back = back[course.step[back] > lr.step[top_lr]]
    ends = int(back[0]) if len(back) else len(level) - 1
    peak = low + int(np.argmax(level[low : ends + 1]))
    rise = float(level[peak]) - lowest
    error = 1.25 * scatter(course.value) / math.sqrt(window)
    then = lr.at(float(course.step[ends]))
    if rise < ERRORS * error or then > DOWN * lr.value[top_lr]:
        return None
    if float(level[ends]) > lowest + 0.5 * rise:  # it stayed up: loss-diverging tells
        return None
    begins, end = float(course.step[low]), float(course.step[ends])
    if end - begins < LENGTH * float(course.step[-1] - course.step[0]):
        return None
    at_low, peak_lr = lr.at(begins), float(lr.value[top_lr])
    sentence = (
        f"{part.name} was {number(lowest)} at {at(run, begins)} (lr {number(at_low)}), rose to "
        f"{number(float(level[peak]))} by {at(run, float(course.step[peak]))} as lr rose to "
        f"{number(peak_lr)}, and was down again only at {at(run, end)}, with lr "
        f"at {number(then)}."
    )
    return Finding(
        ID, begins, (begins, end), 1.0, (sentence,),
        {"lowest": lowest, "rise": rise, "lr_at_lowest": at_low, "peak_lr": peak_lr},
    )  # fmt: skip
