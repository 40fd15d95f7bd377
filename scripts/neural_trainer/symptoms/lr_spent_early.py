"""The learning rate is as good as spent long before the run ends.

From some step before the last 40 % of the run on it is under 2 % of its peak,
and not zero (lr-zero is a symptom of its own). Schedules end low, but those
that are planned over the run pass 2 % in its last tenth or so (a cosine at 91
% of it). One that is stepped at each batch where it counts epochs does this
at once.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at, number

ID = "lr-spent-early"
NEEDS = {"lr": 10}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.01
SPENT = 0.02  # of the peak
SHARE = 0.4  # of the run


def find(run: Run) -> Finding | None:
    """Return the long end of the run at a learning rate that is as good as spent."""
    lr = run.signals["lr"].finite()
    peak = float(lr.value.max())
    length = float(lr.step[-1] - lr.step[0])
    spent = lr.value <= SPENT * peak
    if peak <= 0 or length <= 0 or not spent[-1] or lr.value[-1] <= 0:
        return None
    begins = len(spent) - int(np.argmin(spent[::-1]))
    if begins >= len(spent) or begins == 0:
        return None
    first, last = float(lr.step[begins]), float(lr.step[-1])
    share = (last - first) / length
    if share < SHARE:
        return None
    sentence = (
        f"lr falls from {number(peak)} to {number(float(lr.value[begins]))} by {at(run, first)}: "
        f"the last {number(100 * share)} % of the run hardly train."
    )
    return Finding(ID, first, (first, last), 1.0, (sentence,), {"share": share, "peak": peak})
