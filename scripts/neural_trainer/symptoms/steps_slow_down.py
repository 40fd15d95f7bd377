"""The steps take longer from some point on, and stay so.

The median of the last quarter of the step times is at least 1.6 times that of the
steps from the first tenth to the first third, and nine of ten of the last quarter
are above nine of ten of those (of fewer than four all are as slow: a checkpoint
may be one); 5 ms a step at least are lost, for a machine that is shared delays
short steps by as much. Evaluations and checkpoints slow single steps. Episodes
grow longer as a policy learns: it is not looked for under a reward.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.centre import median
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import is_reinforcement

ID = "steps-slow-down"
NEEDS = {"step_time_s": 10}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.01
SLOWER = 1.6
LOST_S = 0.005
FEW = 4  # points of the last quarter


def find(run: Run) -> Finding | None:
    """Return how much slower the steps become."""
    if is_reinforcement(run):
        return None
    time = run.signals["step_time_s"].finite()
    n = len(time)
    if n < NEEDS["step_time_s"]:
        return None
    early, late = time.value[n // 10 : n // 3], time.value[-(n // 4) :]
    before, after = median(early), median(late)
    if before <= 0 or after < max(SLOWER * before, before + LOST_S):
        return None
    if float(np.quantile(late, 0.1)) < float(np.quantile(early, 0.9)):
        return None
    if len(late) < FEW and float(late.min()) < SLOWER * before:
        return None
    middle = np.sqrt(before * after)
    below = np.flatnonzero(time.value[: n - n // 4] <= middle)
    began = float(time.step[min(int(below[-1]) + 1, n - 1)]) if len(below) else float(time.step[0])
    sentence = (
        f"A step takes {number(1000 * after)} ms at the end, {number(1000 * before)} ms before; "
        f"it is slower from {at(run, began)} on."
    )
    return Finding(
        ID, began, (began, float(time.step[-1])), 1.0, (sentence,), {"times": after / before}
    )
