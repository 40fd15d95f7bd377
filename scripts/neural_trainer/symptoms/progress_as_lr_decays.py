"""The loss falls faster as the learning rate comes down than it did at its peak.

Descent slows down as it goes and as the rate decays. Here the smoothed loss
falls, for a step, 1.6 times as fast while the rate goes from 80 to 30 % of its
peak as before, from the peak on, or it did not fall at all before; by six
errors of a level (1.25 x scatter / sqrt(points of the running median)), and
with a quarter of the whole fall still to come at 80 %. What hindered it was
the size of the steps. A late start does the same, with a rate too low or a
plateau to leave: there the parameters hardly move, while here their norm goes
more than 3 % of itself in all from the peak to 80 % of it; where no norm is
logged the strength is 0.4.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import blocks, smooth
from neural_trainer.signals.motion import moves
from neural_trainer.signals.noise import scatter
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "progress-as-lr-decays"
NEEDS = {"loss": 16, "lr": 12}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.01
BLOCKS = 100
WINDOW = 0.1  # share of the blocks in the running median
HIGH, LOW = 0.8, 0.3  # of the peak of the rate
FASTER = 1.6  # x
ERRORS = 6.0
LEFT = 0.25  # of the whole fall
PATH = 0.03  # of the norm
FEWEST = 3  # points in each of both stretches


def find(run: Run) -> Finding | None:
    """Return how much faster the loss falls once the rate comes down."""
    part = training_loss(run)
    lr = run.signals["lr"].finite()
    top = int(np.argmax(lr.value))
    peak = float(lr.value[top])
    if part is None or peak <= 0 or len(lr) < NEEDS["lr"]:
        return None
    course = blocks(part.series.finite(), BLOCKS)
    window = max(FEWEST, round(WINDOW * len(course)))
    level, rate = smooth(course.value, window), np.interp(course.step, lr.step, lr.value)
    after = np.flatnonzero(course.step >= lr.step[top])
    down, low = (after[rate[after] < share * peak] for share in (HIGH, LOW))
    if not len(down) or not len(low):
        return None
    begins, turns, ends = int(after[0]), int(down[0]) - 1, int(low[0])
    if min(turns - begins, ends - turns) < FEWEST:
        return None
    error = 1.25 * scatter(course.value) / math.sqrt(window)
    late, early = float(level[turns] - level[ends]), float(level[begins] - level[turns])
    least = float(level[turns:].min())
    whole = float(level[: turns + 1].max()) - least
    pace = late / float(course.step[ends] - course.step[turns])
    before = early / float(course.step[turns] - course.step[begins])
    left = float(level[turns]) - least
    if late <= ERRORS * error or left < LEFT * whole or pace < FASTER * before:
        return None
    window_at = (float(course.step[begins]), float(course.step[turns]))
    path = _path(run, window_at)
    if path is not None and path < PATH:
        return None
    sentence = (
        f"{part.name} goes from {number(float(level[begins]))} to {number(float(level[turns]))} "
        f"while lr is over {number(HIGH * peak)}, from {at(run, window_at[0])} to "
        f"{at(run, window_at[1])}, and to {number(float(level[ends]))} by "
        f"{at(run, float(course.step[ends]))}, as lr comes down to {number(float(rate[ends]))}."
    )
    numbers = {"early": early, "late": late, "peak_lr": peak}
    strength = 0.4 if path is None else 1.0
    return Finding(ID, window_at[0], window_at, strength, (sentence,), numbers)


def _path(run: Run, window: tuple[float, float]) -> float | None:
    """Return how far the parameters' norm goes within `window`; None where it is not logged."""
    norm = run.get("param_norm")
    if norm is None:
        return None
    norm = norm.finite()
    within = norm.where((norm.step >= window[0]) & (norm.step <= window[1]))
    return float(moves(within, None)[0].sum()) if len(within) > 1 else None
