"""Nearly every gradient is clipped, and to a small part of itself.

In nine of ten steps after the first tenth the gradient was clipped, to a fifth
of its norm or less (median of the coefficient). Clipping now and then is a
seat belt; clipping every step is another, smaller learning rate. Where the
coefficient is not logged the norm tells the same where it is logged after
clipping: its highest tenth equals its median to 1e-4, which no gradient does.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import tail
from neural_trainer.symptoms.finding import Finding, at, number

ID = "clipping-always"
NEEDS = {"grad_norm": 10}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.02
LASTING = 0.9
COEFFICIENT = 0.2
PINNED = 1e-4


def find(run: Run) -> Finding | None:
    """Return how far the gradients are clipped."""
    coefficient = run.get("clip_coefficient")
    norm = run.signals["grad_norm"].finite()
    if coefficient is not None and len(coefficient.finite()) >= NEEDS["grad_norm"]:
        late = coefficient.finite()
        value = tail(late.value, 0.9)
        share, typical = float((value < 1).mean()), float(np.median(value))
        if share < LASTING or typical > COEFFICIENT:
            return None
        sentence = (
            f"{number(100 * share)} % of the gradients are clipped, to {number(100 * typical)} % "
            "of their norm (median)."
        )
        first, last = float(late.step[-len(value)]), float(late.step[-1])
        return Finding(
            ID, first, (first, last), 1.0, (sentence,), {"share": share, "coefficient": typical}
        )
    value = tail(norm.value, 0.9)
    middle, high = float(np.median(value)), float(np.quantile(value, 0.9))
    if len(value) < NEEDS["grad_norm"] or middle <= 0 or high - middle > PINNED * middle:
        return None
    if float(np.ptp(value)) == 0.0 and middle == 0.0:
        return None
    first, last = float(norm.step[-len(value)]), float(norm.step[-1])
    sentence = (
        f"The gradient norm stands at {number(middle)} from {at(run, first)} on: it is clipped to "
        "that at every step."
    )
    return Finding(ID, first, (first, last), 1.0, (sentence,), {"norm": middle})
