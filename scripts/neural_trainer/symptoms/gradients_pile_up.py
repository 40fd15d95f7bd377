"""The gradient norm grows steadily and without noise, as a sum does.

Gradients that are never set back to zero add up: their norm is smooth where
that of single batches scatters. In the first half of the run, or in the
first 40 blocks of it, the norm at least trebles, and nine tenths of the
variance of its logarithm lie on a running median of five points; its scatter
is under a tenth of its level.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import blocks, smooth
from neural_trainer.signals.noise import scatter
from neural_trainer.symptoms.finding import Finding, at, number

ID = "gradients-pile-up"
NEEDS = {"grad_norm": 15}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.01
BLOCKS = 100
GROWN = 3.0
SMOOTH = 0.9
NOISE = 0.1
OF_GROWTH = 0.035
HELD = 0.7


def find(run: Run) -> Finding | None:
    """Return the smooth growth of the gradient norm."""
    norm = run.signals["grad_norm"].finite()
    norm = blocks(norm.where(norm.value > 0), BLOCKS)
    if len(norm) < NEEDS["grad_norm"]:
        return None
    log = np.log(norm.value)
    level = smooth(log, 5)
    top = int(np.argmax(level[: max(8, len(level) // 2)]))
    low = int(np.argmin(level[: top + 1]))
    grown = float(np.exp(level[top] - level[low]))
    noise = scatter(log)
    explained = 1 - float((log - level).var() / max(float(log.var()), 1e-300))
    if np.median(level[-len(level) // 3 :]) < level.max() + np.log(HELD):
        return None
    if grown < GROWN or explained < SMOOTH or noise > min(NOISE, OF_GROWTH * np.log(grown)):
        return None
    first, last = float(norm.step[low]), float(norm.step[top])
    sentence = (
        f"The gradient norm grows {number(grown)} times from {at(run, first)} to {at(run, last)} "
        f"and scatters by {number(100 * noise)} % about that course."
    )
    return Finding(ID, first, (first, last), 1.0, (sentence,), {"grown": grown, "noise": noise})
