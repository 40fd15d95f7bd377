"""The gradient norm grew far beyond what it was in this run, or stopped being
finite.

Compared with the run itself, in decades: the last tenth of up to 200 blocks
against the stretch from 5 % to 60 %. It counts from six robust deviations of
that stretch and a factor of five, whatever the absolute size: norms of 1e5
throughout are healthy. Non-finite norms count where they make up at least 5 %
of the points after the first tenth and of the last third: a loss scaler
settles with a few in the beginning, and then is done. Where the loss itself is
not finite no gradient can be, which loss-nonfinite tells. A loss that leaves a
plateau takes its gradients up with it: growth is left alone where more than
half of the whole fall of the loss came after that stretch.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import blocks, head, tail
from neural_trainer.signals.noise import deviation
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import losses, training_loss

ID = "gradients-exploding"
NEEDS = {"grad_norm": 12}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.001
BLOCKS = 200
DEVIATIONS = 6.0
FACTOR = 5.0
FALL = 0.5  # share of the fall of the loss
NONFINITE = 0.05  # share of the points after the first tenth


def find(run: Run) -> Finding | None:
    """Return the growth of the gradient norm, or its loss."""
    norm = run.get("grad_norm")
    if norm is None:
        return None
    for loss in losses(run):
        norm = norm.where(~np.isin(norm.step, loss.series.step[~np.isfinite(loss.series.value)]))
    if len(norm) < NEEDS["grad_norm"]:
        return None
    return _nonfinite(run, norm) or _grown(run, norm.finite())


def _nonfinite(run: Run, norm: Series) -> Finding | None:
    settled = norm.where(norm.step > norm.step[len(norm) // 10])
    bad = ~np.isfinite(settled.value)
    share = float(bad.mean()) if len(settled) else 0.0
    if share < NONFINITE or tail(bad, 1 / 3).mean() < NONFINITE:
        return None
    step = float(settled.step[int(np.argmax(bad))])
    sentence = (
        f"grad_norm is not finite at {int(bad.sum())} of {len(settled)} points from "
        f"{at(run, step)} on."
    )
    return Finding(
        ID, step, (step, float(norm.step[-1])), 1.0, (sentence,), {"share_nonfinite": share}
    )


def _grown(run: Run, norm: Series) -> Finding | None:
    positive = norm.where(norm.value > 0)
    course = blocks(positive, BLOCKS)
    if len(course) < NEEDS["grad_norm"]:
        return None
    decades = np.log10(course.value)
    stretch = slice(round(0.05 * len(course)), round(0.6 * len(course)))
    usual = decades[stretch]
    now, then = median(tail(decades, 0.1)), median(usual)
    if now - then < max(np.log10(FACTOR), DEVIATIONS * deviation(usual)):
        return None
    if _leaves_plateau(run, (course.step[stretch][0], course.step[stretch][-1])):
        return None
    below = decades[: -len(tail(decades, 0.1))] <= (now + then) / 2
    onset = 1 + int(np.flatnonzero(below)[-1])
    sentence = (
        f"grad_norm is {number(10**now)} at the end, {number(10 ** (now - then))} times its "
        f"{number(10**then)} of before; it grew from {at(run, course.step[onset])}."
    )
    return Finding(
        ID, float(course.step[onset]), (float(course.step[onset]), float(course.step[-1])), 1.0,
        (sentence,), {"usual": 10**then, "last": 10**now},
    )  # fmt: skip


def _leaves_plateau(run: Run, stretch: tuple[float, float]) -> bool:
    """Tell whether most of what the loss fell in the run it fell after it was at `stretch`."""
    part = training_loss(run)
    if part is None:
        return False
    loss = part.series.finite()
    inside = loss.where((loss.step >= stretch[0]) & (loss.step <= stretch[1])).value
    if len(inside) == 0:
        return False
    first, last = median(head(loss.value, 0.05)), median(tail(loss.value, 0.1))
    return first > last and median(inside) - last > FALL * (first - last)
