"""The learning rate rose at once after the warm-up was over.

A rise by a factor of two or more between two points that lie within 2 % of the
run of each other, or are neighbours of twenty or more, after its first tenth.
Restarts of a cosine do the same on purpose, back to the same height: two or more
such rises to within 25 % of one height are taken for a plan (two, for cycles of
growing length make few).
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at, number

ID = "lr-jumps"
NEEDS = {"lr": 20}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.02
FACTOR = 2.0
NEAR = 0.02  # share of the run between the two points
ROWS = 1.5  # usual distances of two rows, where these are further apart
AFTER = 0.1  # share of the run
PLANNED = 2  # rises
ALIKE = 0.25  # of the height


def find(run: Run) -> Finding | None:
    """Return the largest sudden rise of the learning rate."""
    logged = run.get("lr")
    if logged is None:
        return None
    lr = logged.finite()
    length = float(lr.step[-1] - lr.step[0])
    near = max(NEAR * length, ROWS * float(np.median(np.diff(lr.step))))
    before, after = lr.value[:-1], lr.value[1:]
    sudden = (
        (after >= FACTOR * before)
        & (before > 0)
        & (np.diff(lr.step) <= near)
        & (lr.step[1:] > lr.step[0] + AFTER * length)
    )
    where = np.flatnonzero(sudden)
    if len(where) == 0:
        return None
    heights = after[where]
    if len(where) >= PLANNED and float(np.ptp(heights)) <= ALIKE * float(heights.max()):
        return None
    top = int(where[np.argmax(after[where] / before[where])])
    step = float(lr.step[top + 1])
    sentence = (
        f"lr rose from {number(float(before[top]))} to {number(float(after[top]))} at "
        f"{at(run, step)}, in one step of the log."
    )
    return Finding(
        ID, step, (float(lr.step[top]), step), 1.0, (sentence,),
        {"before": float(before[top]), "after": float(after[top]), "rises": float(len(where))},
    )  # fmt: skip
