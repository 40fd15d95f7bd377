"""The loss became NaN or infinite while the learning rate was still rising.

The rate in use at that step is the highest so far, and has just risen: at each
of the last three of its points, or by a tenth since half of the steps before.
A warm-up takes a few per cent of a training, and its end is where a rate is
first too high: chance alone seldom puts a bad batch there.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.loss_nonfinite import first_nonfinite

ID = "nonfinite-as-lr-rises"
NEEDS = {"any loss": 1, "lr": 3}
GIVEN: tuple[str, ...] = ("loss-nonfinite",)
ALARM = False
BACKGROUND = 0.02
LAST = 3
RISEN = 1.1  # times the rate of half of the steps before


def find(run: Run) -> Finding | None:
    """Return the rate that was rising as the loss was lost."""
    first = first_nonfinite(run)
    if first is None:
        return None
    part, index = first
    step = float(part.series.step[index])
    rate = run.signals["lr"].finite()
    until = rate.value[rate.step <= step]
    if len(until) < NEEDS["lr"] or until[-1] < until.max():
        return None
    earlier, now = float(np.median(until)), float(until[-1])
    if not (np.diff(until[-LAST - 1 :]) > 0).all() and now < RISEN * earlier:
        return None
    begin = float(rate.step[int(np.argmax(rate.value >= earlier))])
    sentence = (
        f"The learning rate had just risen to {number(now)}, its highest so far, as "
        f"{part.name} was lost at {at(run, step)}."
    )
    return Finding(ID, begin, (begin, step), 1.0, (sentence,), {"lr": now, "earlier": earlier})
