"""The parameters shrink.

The norm of the parameters falls by 15 % or more from its first level, in nine
of ten intervals until its lowest one. Weight decay does this to healthy
networks with normalisation, whose scale it does not matter to; where weights
carry the scale of the answer it takes away what is learnt. Strength 0.5 at 15
%, 1 at a half.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import blocks
from neural_trainer.symptoms.finding import Finding, at, number

ID = "param-norm-shrinks"
NEEDS = {"param_norm": 8}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.03
SHRUNK = 0.15  # of the first level
STEADY = 0.9  # share of the intervals that fall
BLOCKS = 100


def find(run: Run) -> Finding | None:
    """Return how far the parameters shrink."""
    norm = blocks(run.signals["param_norm"].finite(), BLOCKS)
    if len(norm) < NEEDS["param_norm"] or norm.value[0] <= 0:
        return None
    low = int(np.argmin(norm.value))
    shrunk = 1 - float(norm.value[low] / norm.value[0])
    if low < 2 or shrunk < SHRUNK or float((np.diff(norm.value[: low + 1]) < 0).mean()) < STEADY:
        return None
    start, last = float(norm.step[0]), float(norm.step[low])
    sentence = (
        f"The norm of the parameters shrinks from {number(float(norm.value[0]))} at "
        f"{at(run, start)} to {number(float(norm.value[low]))} at {at(run, last)}."
    )
    return Finding(
        ID, start, (start, last), min(1.0, 0.5 + (shrunk - SHRUNK) / 0.7), (sentence,),
        {"shrunk": shrunk},
    )  # fmt: skip
