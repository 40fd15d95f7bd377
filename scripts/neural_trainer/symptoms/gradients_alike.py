"""Each gradient points where the one before it did, although the batches
differ.

The cosine of each layer's gradient with that of the step before, its median
over the layers that are trained: from 0.99 in half of the measured steps and
from 0.95 in nine of ten, the first three left out. A measured step stands for
all up to the next one: after an alarm each step is measured, and those few
would otherwise outweigh the run. Gradients of different batches lie near 0.3;
those that are never set back to zero add up, and lie above 0.99 from the tenth
step on. Training on the whole data at once has such cosines too and is
healthy: its loss has no noise. So it counts only where the loss scatters from
step to step by 0.2 % of its level or more (its third differences, which a
smooth course does not have).
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Array, Run, Series
from neural_trainer.signals.course import tail
from neural_trainer.signals.levels import quantile
from neural_trainer.signals.noise import deviation
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.matrices import is_trained, sound
from neural_trainer.symptoms.roles import training_loss

ID = "gradients-alike"
NEEDS = {"layers": 10, "loss": 20}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.0005
FIRST = 3  # measured steps left out
COSINE = 0.99  # in half of the measured steps
LOWEST = 0.95  # in nine of ten
NOISE = 0.002  # of the loss, share of its level
# Deviation of the third differences of independent noise over its own: sqrt(1 + 9 + 9 + 1).
THIRD = float(np.sqrt(20.0))


def find(run: Run) -> Finding | None:
    """Return that the gradients are alike throughout."""
    layers, part = sound(run), training_loss(run)
    if layers is None or part is None or _noise(part.series.finite()) < NOISE:
        return None
    columns = [
        i for i, p in enumerate(layers.parameters)
        if is_trained(p) and p.kind not in ("bias", "norm")
    ]  # fmt: skip
    each = quantile(layers.gradients["grad_cosine"][FIRST:, columns].T, 0.5)
    known = np.isfinite(each)
    if known.sum() < NEEDS["layers"] - FIRST:
        return None
    cosine = _evenly(layers.step[FIRST:][known], each[known])
    middle, low = float(np.median(cosine)), float(np.quantile(cosine, 0.1))
    if middle < COSINE or low < LOWEST:
        return None
    noise = _noise(part.series.finite())
    sentence = (
        f"Successive gradients have a cosine of {middle:.4f} (median of {len(cosine)} measured "
        f"steps), although the loss scatters by {number(100 * noise)} % from step to step."
    )
    window = (float(layers.step[0]), float(layers.step[-1]))
    return Finding(ID, window[0], window, 1.0, (sentence,), {"cosine": middle, "noise": noise})


def _evenly(step: Array, value: Array) -> Array:
    """Return as many values as there are, (n,), at evenly spaced steps: of the last one measured.

    >>> _evenly(np.array([10.0, 11.0, 12.0, 40.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    array([1., 3., 3., 4.])
    """
    at = np.linspace(step[0], step[-1], len(step))
    return value[np.searchsorted(step, at, side="right") - 1]


def _noise(loss: Series) -> float:
    """Return the noise of the last half of the loss as a share of its level."""
    late = tail(loss.value, 0.5)
    level = abs(float(np.median(late)))
    if len(late) < 8 or level == 0:
        return 0.0
    return deviation(np.diff(late, 3)) / THIRD / level
