"""The gradient norm falls by more than a decade and a half from its start.

Its first value, or the median of its first twentieth, is at least thirty times
the median of the last half: a sound initialisation with inputs of unit size
begins within a decade of where it goes. Losses that fall to nothing take their
gradients along: so the loss keeps at least a tenth of its first level.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import head, tail
from neural_trainer.symptoms.correctness import last
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import training_loss

ID = "grad-norm-falls-far"
NEEDS = {"grad_norm": 10, "loss": 10}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.03
TIMES = 30.0
LEFT = 0.1  # of the loss


def find(run: Run) -> Finding | None:
    """Return how far the gradient norm falls."""
    part = training_loss(run)
    norm = run.signals["grad_norm"].finite()
    if part is None or len(norm) < NEEDS["grad_norm"]:
        return None
    early = max(float(norm.value[0]), median(head(norm.value, 0.05)))
    late = median(tail(norm.value, 0.5))
    loss = part.series.finite()
    start = float(np.max(head(loss.value, 0.05)))
    if not 0 < TIMES * late <= early or start <= 0 or last(loss) < min(LEFT * start, 0.05):
        return None
    begin, end = float(norm.step[0]), float(norm.step[-1])
    sentence = (
        f"The gradient norm falls from {number(early)} at the start to {number(late)} (median of "
        "the last half)."
    )
    return Finding(ID, begin, (begin, end), 1.0, (sentence,), {"early": early, "late": late})
