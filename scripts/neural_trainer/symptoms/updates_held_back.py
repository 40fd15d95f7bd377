"""The parameters move far less than the learning rate and the gradient allow.

A step of gradient descent is the learning rate times the gradient, one of Adam
about the learning rate in each weight, which is more. Here the norm of the
parameters changes by less than 3 % of learning rate times gradient norm
(median over the intervals of the log in which both are above zero), in a run
whose parameters hardly move: something between the gradient and the weights
holds the steps back, such as clipping, a large epsilon, or weights that are not
trained. At a learning rate that is merely small the share is as usual.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.motion import reach
from neural_trainer.symptoms.finding import Finding, number

ID = "updates-held-back"
NEEDS = {"param_norm": 8, "lr": 5, "grad_norm": 8}
GIVEN: tuple[str, ...] = ("parameters-barely-move",)
ALARM = False
BACKGROUND = 0.3
SHARE = 0.03


def find(run: Run) -> Finding | None:
    """Return what share of rate times gradient the parameters move by."""
    moved = reach(run)
    if moved is None or len(moved) < 5:
        return None
    share = float(np.median(moved))
    if share >= SHARE:
        return None
    norm = run.signals["param_norm"].finite()
    begin, end = float(norm.step[0]), float(norm.step[-1])
    sentence = (
        f"The norm of the parameters changes by {number(100 * share)} % of learning rate times "
        f"gradient norm (median of {len(moved)} intervals)."
    )
    return Finding(ID, begin, (begin, end), 1.0, (sentence,), {"share": share})
