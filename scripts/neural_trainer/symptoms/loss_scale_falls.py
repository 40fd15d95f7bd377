"""The loss scale falls and does not come back.

A dynamic scale starts high and is halved in the first steps until gradients
fit, then holds or doubles. Here it ends at its lowest, at 1/256 of its start
or at 1 or less, and falls in the last half of the run as well: every step
overflows, and none of them is taken.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at, number

ID = "loss-scale-falls"
NEEDS = {"loss_scale": 5}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.005
FALLEN = 1 / 256
LEAST = 1.0


def find(run: Run) -> Finding | None:
    """Return the fall of the loss scale."""
    scale = run.signals["loss_scale"].finite()
    if len(scale) < NEEDS["loss_scale"]:
        return None
    first, last = float(scale.value[0]), float(scale.value[-1])
    half = float(scale.value[len(scale) // 2])
    small = last <= FALLEN * first or last <= LEAST < first
    if not small or last > float(scale.value.min()) or not (last < half or last <= LEAST):
        return None
    where = int(np.argmax(scale.value <= max(LEAST, 16 * last)))
    began = float(scale.step[where])
    sentence = (
        f"The loss scale falls from {number(first)} to {number(last)} and does not rise again "
        f"({number(max(last, 16 * last))} at {at(run, began)})."
    )
    return Finding(
        ID, began, (float(scale.step[0]), float(scale.step[-1])), 1.0, (sentence,),
        {"first": first, "last": last},
    )  # fmt: skip
