"""The loss stands at ln K: what a model says that gives K classes equal odds.

The median of the last fifth lies within 0.3 % of ln K for a whole K, and the
last half does not fall (slope over its standard error above -3) and scatters
by less than 2 % of the level. Of 4 to 19 points an accuracy must be logged: the
last half, three or more, stays within 1 % and lies within 2 % of what that
accuracy stands for, its -ln, at strength 0.7. Where an accuracy is logged it must be 1 / K
within a fifth (in per cent where it exceeds 1), and settles it: strength 1,
any K up to 100,000. Without one only the numbers of classes of the common
data sets count (2, 10, 100, 200, 365, 1000, 21841), at strength 0.5, and the
median of the last half must lie as near: a loss passes near one of these by
chance in about one of forty runs.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import blocks, slope, tail
from neural_trainer.signals.noise import deviation
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-at-chance"
NEEDS = {"loss": 4}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.002
BLOCKS = 200
LONG = 20  # points from which noise is told from a course
FEW_STILL, FEW_NEAR = 0.01, 0.02  # shares of the level
NEAR = 0.003  # share of ln K
SCATTER = 0.02  # share of the level
USUAL = (2, 10, 100, 200, 365, 1000, 21841)
MOST = 100_000
OF_ACCURACY = 0.2  # share of 1 / K


def find(run: Run) -> Finding | None:
    """Return that the training loss stands at ln K, if it does."""
    part = training_loss(run)
    if part is None:
        return None
    course = blocks(part.series.finite(), BLOCKS)
    if len(course) < LONG:
        return _of_few(run, part.name, course)
    late = tail(course.value, 0.5)
    level = median(tail(course.value, 0.2))
    if not 0 < level < math.log(MOST):
        return None
    classes = round(math.exp(level))
    if classes < 2 or not _is_near(level, classes):
        return None
    still = slope(course.step[-len(late) :], late).z > -3
    if not still or deviation(late) > SCATTER * level:
        return None
    accuracy = _accuracy(run)
    if accuracy is None and (classes not in USUAL or not _is_near(median(late), classes)):
        return None
    if accuracy is not None and abs(accuracy * classes - 1) > OF_ACCURACY:
        return None
    began = float(course.step[-len(late)])
    sentence = (
        f"{part.name} stands at {number(level)} from {at(run, began)} on: ln {classes} is "
        f"{number(math.log(classes))}, what equal odds for {classes} classes cost"
        + (f", and the accuracy is {number(accuracy)}." if accuracy is not None else ".")
    )
    return Finding(
        ID, began, (began, float(course.step[-1])), 0.5 if accuracy is None else 1.0,
        (sentence,), {"level": level, "classes": float(classes)},
    )  # fmt: skip


def _of_few(run: Run, name: str, course: Series) -> Finding | None:
    """Return that a few points stand at what the accuracy says of equal odds."""
    late, right = course.value[-max(3, len(course) // 2) :], _accuracy(run)
    if len(course) < NEEDS["loss"] or right is None or not 0 < right <= 0.5:
        return None
    level, odds = median(late), -math.log(right)
    if np.ptp(late) > FEW_STILL * level or abs(level - odds) > FEW_NEAR * level:
        return None
    began, end = float(course.step[-len(late)]), float(course.step[-1])
    sentence = (
        f"{name} stands at {number(level)} from {at(run, began)} on, and the accuracy is "
        f"{number(right)}: equal odds for {round(1 / right)} classes cost {number(odds)}."
    )
    numbers = {"level": level, "classes": float(round(1 / right))}
    return Finding(ID, began, (began, end), 0.7, (sentence,), numbers)


def _is_near(level: float, classes: int) -> bool:
    return abs(level / math.log(classes) - 1) <= NEAR


def _accuracy(run: Run) -> float | None:
    """Return the accuracy at the end as a fraction, training or held out; None if not logged."""
    for name in ("accuracy", "eval/accuracy", "test/accuracy"):
        series = run.get(name)
        if series is not None and len(series.finite()):
            value = median(tail(series.finite().value, 0.2))
            return value / 100 if series.finite().value.max() > 1 else value
    return None
