"""The loss still falls at the end, at a rate that matters.

The last fifth of the training loss lies at least 5 % of the whole gain under
the fifth before, by four standard errors. A log of 5 to 14 points does so where
each point lies under the one before, and the last step down is at least 5 % of
the whole gain; that tells less, so that its strength is 0.5. The learning rate,
where it is logged, is not under a half of its peak, and no held-out loss has been
better in the first 70 % of its evaluations by 2 %. More steps would have gained
more. A run that is under way does the same, so it is no alarm.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import blocks, smooth, tail
from neural_trainer.signals.noise import deviation
from neural_trainer.symptoms.correctness import first
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import held_out_pairs, training_loss

ID = "loss-still-falling"
NEEDS = {"loss": 5}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.15
SHARE = 0.05  # of the whole gain
ERRORS = 4.0
DECAYED = 0.5  # of the peak
LONG = 15  # points from which fifths are compared
STRENGTH_OF_FEW = 0.5
FEWEST_TURNED, EARLY, WORSE = 4, 0.7, 0.02


def find(run: Run) -> Finding | None:
    """Return what the last fifth still gained."""
    part = training_loss(run)
    if part is None:
        return None
    if _is_decayed(run) or any(_has_turned(pair.held_out.series) for pair in held_out_pairs(run)):
        return None
    course = blocks(part.series.finite(), 100)
    if len(course) < LONG:
        return _short(run, part.name, course)
    fifth = len(course) // 5
    before, late = course.value[-2 * fifth : -fifth], course.value[-fifth:]
    gained = median(before) - median(late)
    noise = max(deviation(np.diff(late)), deviation(np.diff(before))) / np.sqrt(fifth)
    whole = first(course) - median(late)
    if gained < ERRORS * noise or gained < SHARE * whole or gained <= 0:
        return None
    begin, end = float(course.step[-2 * fifth]), float(course.step[-1])
    sentence = (
        f"{part.name} fell by {number(gained)} from {at(run, begin)} to {at(run, end)}, the last "
        f"two fifths, {number(100 * gained / max(whole, 1e-12))} % of its whole gain."
    )
    return Finding(ID, begin, (begin, end), 1.0, (sentence,), {"share": gained / max(whole, 1e-12)})


def _short(run: Run, name: str, course: Series) -> Finding | None:
    """Return that each of a few points lies under the one before, to the last."""
    steps = np.diff(course.value)
    if len(course) < NEEDS["loss"] or steps.max() >= 0 or steps[-1] > SHARE * steps.sum():
        return None
    begin, end = float(course.step[0]), float(course.step[-1])
    share = float(steps[-1] / steps.sum())
    sentence = (
        f"{name} falls at each of {len(course)} points up to the last, at {at(run, end)}, which "
        f"gains {number(100 * share)} % of the whole."
    )
    return Finding(ID, begin, (begin, end), STRENGTH_OF_FEW, (sentence,), {"share": share})


def _is_decayed(run: Run) -> bool:
    """Tell whether the learning rate ends under a half of its peak; not where it is not logged."""
    rate = run.get("lr")
    known = np.empty(0) if rate is None else rate.finite().value
    return len(known) > 0 and bool(known[-1] < DECAYED * known.max())


def _has_turned(held_out: Series) -> bool:
    """Tell whether a held-out loss was better before, and not lately."""
    level = smooth(held_out.value, 3)
    if len(level) < FEWEST_TURNED:
        return False
    low, end = int(np.argmin(level)), median(tail(held_out.value, 0.2))
    return low < EARLY * (len(level) - 1) and end > (1 + WORSE) * float(level[low]) > 0
