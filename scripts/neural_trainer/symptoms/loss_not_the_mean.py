"""The loss is a multiple of the mean of its terms.

Told at complete sets where torch's loss is called once in a step: the loss
that the run logs over the mean of the call's terms. Seen where that ratio is
above 3 or below 1/3, and steady: over at least four sets its quartiles lie
within 5 % of its median. A sum over the batch gives its size, a mean that is
divided once more its inverse; a weight on the loss gives the weight, so
strength is 0.5 up to a factor of 8 and 1 beyond.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number

ID = "loss-not-the-mean"
NEEDS = {"loss": 4, "criterion_mean": 4}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.01
TIMES = 3.0
SURE = 8.0
STEADY = 0.05


def find(run: Run) -> Finding | None:
    """Return the ratio of the loss and the mean of its terms."""
    terms, loss = run.signals["criterion_mean"].finite(), run.signals["loss"].finite()
    steps, at_terms, at_loss = np.intersect1d(terms.step, loss.step, return_indices=True)
    mean, whole = terms.value[at_terms], loss.value[at_loss]
    there = (mean != 0) & (whole / np.where(mean == 0, 1, mean) > 0)
    if int(there.sum()) < 4:
        return None
    ratio = whole[there] / mean[there]
    low, typical, high = np.quantile(ratio, [0.25, 0.5, 0.75])
    times = max(typical, 1 / typical)
    if times < TIMES or high - low > 2 * STEADY * typical:
        return None
    window = (float(steps[0]), float(steps[-1]))
    sentence = f"The loss is {number(float(typical))} times the mean of its terms, at every step."
    strength = 1.0 if times >= SURE else 0.5
    return Finding(ID, window[0], window, strength, (sentence,), {"ratio": float(typical)})
