"""Weights begin at a size that no usual initialisation gives.

Told by the norms of the weight matrices in the first complete set: the root
mean square of a matrix times the root of its inputs is 0.58 as torch begins
linear and convolutional layers, 1 to 1.4 by Xavier or He, and 0.1 to 0.6 for a
transformer's 0.02. Seen where it is over 5 or under 0.005 in half of the
matrices, so that one odd layer does not count. Strength 0.5 there, 1 from four
times further on.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.matrices import matrices, names

ID = "weights-start-far-off"
NEEDS = {"layers": 1}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.005
LARGE, SMALL = 5.0, 0.005
CERTAIN = 4.0


def find(run: Run) -> Finding | None:
    """Return the size at which the weight matrices begin."""
    layers = run.layers
    if layers is None:
        return None
    of = [int(i) for i in matrices(layers)]
    if not of:
        return None
    norms = layers.gradients["weight_norm"][0, of].astype(np.float64)
    shapes = [layers.parameters[i].shape for i in of]
    gains = np.array(
        [n / math.sqrt(max(1, shape[0])) for n, shape in zip(norms, shapes, strict=True)]
    )  # rms x root of the inputs
    gains = gains[np.isfinite(gains)]
    if not len(gains):
        return None
    typical = float(np.median(gains))
    times = max(typical / LARGE, SMALL / typical if typical > 0 else math.inf)
    if times < 1:
        return None
    step = float(layers.step[0])
    sentence = (
        f"Root mean square times the root of the inputs is {number(typical)} for the median "
        "weight matrix at the first measured step; usual beginnings give 0.1 to 1.4."
    )
    strength = min(1.0, 0.5 + 0.5 * math.log(times) / math.log(CERTAIN))
    return Finding(
        ID, step, (step, step), strength, (sentence,), {"gain": typical}, names(layers, of)
    )
