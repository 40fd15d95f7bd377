"""The reward never left the one value that it had at first.

In all of at least ten points it is exactly the same number; or the lowest fills
half of them or more, the second half is no better than the first (by two standard
errors), and every held-out reward or, where none is logged, every length of an
episode is exactly the same: now and then chance meets a reward, and nothing is
made of it. A reward that waits is at its floor for a part of the run; ten points
are what tells it from the first looks at such a run. Strength 1 where all are
the same, 0.7 where some are not. A reward that rose to its ceiling and stays
there has moved.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Array, Run
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import is_paid_by_the_step, reward

ID = "reward-never-moves"
NEEDS = {"reward": 10}
GIVEN: tuple[str, ...] = ()
ALARM = False  # a sparse reward may wait long: the verdict at the end tells, no alarm before
BACKGROUND = 0.003
AT_FLOOR = 0.5
FEWEST = 3  # evaluations or lengths that say the same
ERRORS = 2.0
SOME = 0.7


def find(run: Run) -> Finding | None:
    """Return that the reward is where it began."""
    part = reward(run)
    if part is None:
        return None
    series = part.series.finite()
    value = series.value
    floor = float(value.min())
    at_floor = int(np.count_nonzero(value == floor))
    all_same = at_floor == len(value)
    if all_same and is_paid_by_the_step(run, floor):
        return None
    if not all_same and not (at_floor >= AT_FLOOR * len(value) and _ends_alike(run, value)):
        return None
    first, last = float(series.step[0]), float(series.step[-1])
    rest = "" if all_same else f", and {number(float(value.max()))} at best in the others"
    sentence = (
        f"{part.name} is exactly {number(floor)} at {at_floor} of {len(value)} points, from the "
        f"first on{rest}."
    )
    return Finding(
        ID, first, (first, last), 1.0 if all_same else SOME, (sentence,),
        {"value": floor, "share": at_floor / len(value)},
    )  # fmt: skip


def _ends_alike(run: Run, value: Array) -> bool:
    """Tell whether all episodes end alike and the reward above its floor is met by chance."""
    half = len(value) // 2
    error = float(np.hypot(value[:half].std(), value[half:].std())) / half**0.5
    if float(value[half:].mean() - value[:half].mean()) > ERRORS * error:
        return False
    told = next((s for s in map(run.get, ("eval/reward", "episode_length")) if s is not None), None)
    return told is not None and len(told) >= FEWEST and float(np.ptp(told.value)) == 0.0
