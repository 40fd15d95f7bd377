"""The reward is the same number at every point of the last half of the run.

Exactly the same: a reward that is estimated from episodes varies, one that is
stuck does not. At least five such points. A reward at its floor that varies by
the least, as Pong at -21, is not meant. Where it was lower before and this is
the best that it has been, it may be the most there is to get: half strength.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import is_paid_by_the_step, reward

ID = "reward-frozen"
NEEDS = {"reward": 5}
GIVEN: tuple[str, ...] = ()
ALARM = False  # a sparse reward may wait long: the verdict at the end tells, no alarm before
BACKGROUND = 0.003
FEWEST = 5
AT_BEST = 0.5


def find(run: Run) -> Finding | None:
    """Return the stretch at the end in which the reward does not move."""
    part = reward(run)
    if part is None:
        return None
    series = part.series.finite()
    same = series.value == series.value[-1]
    begins = len(same) - int(np.argmin(same[::-1])) if not same.all() else 0
    length = len(same) - begins
    if same.all() and is_paid_by_the_step(run, float(series.value[-1])):
        return None
    if length < max(FEWEST, len(same) // 2):
        return None
    first, last = float(series.step[begins]), float(series.step[-1])
    value = float(series.value[-1])
    sentence = (
        f"{part.name} is exactly {number(value)} at all {length} points from {at(run, first)} on."
    )
    strength = AT_BEST if value == series.value.max() > series.value.min() else 1.0
    return Finding(ID, first, (first, last), strength, (sentence,), {"value": value})
