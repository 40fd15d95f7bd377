"""The reward rose, fell back most of the way and stays down.

Levels are smoothed medians of up to 200 blocks. The fall, from the best level
to the last tenth, counts from half of what was gained and six scatters of the
blocks. Where a held-out reward is logged beside it, of two evaluations or more,
that must have lost half of its gain as well: a harder stretch of a curriculum pays less.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import blocks, head, smooth, tail
from neural_trainer.signals.noise import scatter
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import reward

ID = "reward-collapsed"
NEEDS = {"reward": 20}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.02
BLOCKS = 200
GIVEN_BACK = 0.5
SCATTERS = 6.0
FEWEST_EVALUATIONS = 2


def find(run: Run) -> Finding | None:
    """Return the fall of the reward that was not made good."""
    part = reward(run)
    if part is None:
        return None
    course = blocks(part.series.finite(), BLOCKS)
    if len(course) < NEEDS["reward"]:
        return None
    level = smooth(course.value, max(3, len(course) // 20))
    top = int(np.argmax(level))
    best, last = float(level[top]), float(np.median(tail(level, 0.1)))
    gain, fall = best - float(np.median(head(level, 0.05))), best - last
    if fall < GIVEN_BACK * gain or fall < SCATTERS * scatter(course.value) or gain <= 0:
        return None
    if part.name != "eval/reward" and _is_held(run):
        return None
    turned = float(course.step[top])
    sentence = (
        f"{part.name} reached {number(best)} at {at(run, turned)} and is {number(last)} at the "
        f"end: {number(100 * fall / gain)} % of the gain is gone."
    )
    return Finding(
        ID, turned, (turned, float(course.step[-1])), 1.0, (sentence,),
        {"best": best, "last": last, "gain": gain},
    )  # fmt: skip


def _is_held(run: Run) -> bool:
    """Tell whether the held-out reward keeps what it has gained."""
    series = run.get("eval/reward")
    value = np.empty(0) if series is None else series.finite().value
    if len(value) < FEWEST_EVALUATIONS:
        return False
    end, best = float(np.median(value[-3:])), float(value.max())
    return end >= best - GIVEN_BACK * (best - float(value[0]))
