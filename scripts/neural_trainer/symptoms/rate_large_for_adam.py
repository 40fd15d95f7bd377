"""The learning rate is far above what Adam is used with.

The parameters' norm moves by more than three times learning rate x gradient
norm at the median of the first half, as the steps of Adam and its kin do,
which do not depend on the gradient's size and which gradient descent cannot
reach without momentum near one; and the peak of the rate is 0.02 or more. Its
default is 0.001. Strength 0.5 at 0.02, 1 from 0.1 on.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.motion import reach
from neural_trainer.symptoms.finding import Finding, number

ID = "rate-large-for-adam"
NEEDS = {"param_norm": 8, "lr": 5, "grad_norm": 8}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.01
TIMES = 3.0
RATE = 0.02
CERTAIN = 0.1


def find(run: Run) -> Finding | None:
    """Return the peak of a rate that is too large for Adam."""
    moved = reach(run)
    if moved is None or len(moved) < 5:
        return None
    times = float(np.median(moved[: max(5, len(moved) // 2)]))
    lr = run.signals["lr"].finite()
    peak = float(lr.value.max())
    if times < TIMES or peak < RATE:
        return None
    step = float(lr.step[int(np.argmax(lr.value))])
    sentence = (
        f"The parameters move by {number(times)} times learning rate x gradient norm, as under "
        f"Adam, and lr reaches {number(peak)}."
    )
    strength = min(1.0, 0.5 + 0.5 * math.log(peak / RATE) / math.log(CERTAIN / RATE))
    return Finding(ID, step, (step, step), strength, (sentence,), {"lr": peak, "times": times})
