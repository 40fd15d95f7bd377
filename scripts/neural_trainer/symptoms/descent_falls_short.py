"""The loss falls far less than the gradient promises.

A step of descent of rate lr along a gradient g lowers the loss by about lr x
|g|^2, at first order; momentum and Adam make it more, noise in the gradient
and curvature less. Summed over the steps until 80 % of the fall of the
smoothed loss is had, that comes to over fifty times the fall: less than 2 % of
the descent takes place. The parameters, whose norm goes less than a tenth of
itself in all, have not overshot, and the first gradient's norm is below 1.5 of
theirs, so that units of the targets or inputs off scale do not make the
promise large. What is left is that something stands between the gradient and
the weights: clipping to a tiny norm, a part of them that is not stepped.
At a rate that is merely low the descent is what is promised, or more. Strength
0.5 at 2 %, 1 from 0.2 % down.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.course import smooth
from neural_trainer.signals.motion import moves
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.parameters_unmoved import STILL
from neural_trainer.symptoms.roles import training_loss

ID = "descent-falls-short"
NEEDS = {"loss": 10, "lr": 5, "grad_norm": 10, "param_norm": 8}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.01
SHARE = 0.02  # of what is promised
HAD = 0.8  # of the fall
PATH = 0.1  # of the norm
FIRST = 1.5  # gradient's norm over that of the parameters
WINDOW = 0.1  # of the rows, in the running median


def find(run: Run) -> Finding | None:
    """Return what share of the promised descent takes place."""
    part = training_loss(run)
    lr, gradient, norm = (run.signals[name].finite() for name in ("lr", "grad_norm", "param_norm"))
    if part is None or run.axis != "step" or min(map(len, (lr, gradient, norm))) < 5:
        return None
    moved, _ = moves(norm, None)
    path = float(moved.sum())
    if not STILL * len(moved) < path < PATH or gradient.value[0] > FIRST * norm.value[0]:
        return None
    loss = part.series.finite()
    level = smooth(loss.value, max(3, round(WINDOW * len(loss))))
    fall = float(level[0] - level.min())
    if fall <= 0:
        return None
    ends = max(1, int(np.argmax(level <= level[0] - HAD * fall)))
    promised = _promised(loss.step[: ends + 1], lr, gradient)
    had = float(level[0] - level[ends])
    if promised <= 0 or had > SHARE * promised:
        return None
    share = had / promised
    begin, end = float(loss.step[0]), float(loss.step[ends])
    sentence = (
        f"{part.name} falls by {number(had)} until {at(run, end)}, where lr x grad_norm^2 of the "
        f"steps adds up to {number(promised)}: {number(100 * share)} % of it takes place."
    )
    strength = 1.0 if share <= 0 else min(1.0, 0.5 + 0.5 * math.log10(SHARE / share))
    return Finding(ID, begin, (begin, end), strength, (sentence,), {"share": share, "path": path})


def _promised(step: np.ndarray, lr: Series, gradient: Series) -> float:
    """Return the sum of rate x squared gradient norm over the steps of `step`, (n,)."""
    rate = np.interp(step, lr.step, lr.value)
    size = np.interp(step, gradient.step, gradient.value)
    return float((rate * size**2 * np.diff(step, prepend=step[0])).sum())
