"""The loss falls while the parameters do nothing but shrink, a little.

From its first row until the last fifth of the run or later the norm of the
parameters goes down, in nine of ten intervals, by a ten-thousandth to 15 % of
itself, and the loss falls by a quarter or more. Weights of usual size grow as
they learn; those that began too large have more to lose than to gain, so that
what is learnt shows as less of them. Weight decay in a sound run shows the same,
before layers of normalisation above all: it is looked for only where the first
loss is higher than a guess costs as well, as that of weights too large is.
Past 15 % param-norm-shrinks tells.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import blocks
from neural_trainer.symptoms import param_norm_shrinks
from neural_trainer.symptoms.correctness import first, last
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import training_loss

ID = "parameters-only-shrink"
NEEDS = {"param_norm": 8, "loss": 8}
GIVEN: tuple[str, ...] = ("first-loss-high", "loss-above-any-guess", "loss-held-high")
ALARM = False
BACKGROUND = 0.02
LEAST, MOST = 1e-4, param_norm_shrinks.SHRUNK  # of the norm
STEADY = 0.9  # share of the intervals that fall
UNTIL = 0.8  # of the rows
LEFT = 0.75  # of the loss
BLOCKS = 100


def find(run: Run) -> Finding | None:
    """Return how far the parameters shrink as the loss falls."""
    part = training_loss(run)
    norm = blocks(run.signals["param_norm"].finite(), BLOCKS)
    if part is None or len(norm) < NEEDS["param_norm"] or norm.value[0] <= 0:
        return None
    low = int(np.argmin(norm.value))
    shrunk = 1 - float(norm.value[low] / norm.value[0])
    if low < UNTIL * (len(norm) - 1) or not LEAST <= shrunk < MOST:
        return None
    loss = part.series.finite()
    begins, ends = first(loss), last(loss)
    falls = float((np.diff(norm.value[: low + 1]) < 0).mean())
    if falls < STEADY or begins <= 0 or ends > LEFT * begins:
        return None
    start, end = float(norm.step[0]), float(norm.step[low])
    sentence = (
        f"{part.name} falls from {number(begins)} to {number(ends)} while the norm of the "
        f"parameters goes down in {number(100 * falls)} % of the intervals, from "
        f"{number(float(norm.value[0]))} to {number(float(norm.value[low]))}."
    )
    return Finding(ID, start, (start, end), 1.0, (sentence,), {"shrunk": shrunk})
