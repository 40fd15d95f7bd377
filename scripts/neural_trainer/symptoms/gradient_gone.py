"""The gradient goes while the loss stays.

The gradient norm of the last half is under 3 % of its highest level before
(median over five points), and the loss keeps at least 60 % of its first level
and no longer falls: nothing pulls at the parameters although they have not
learnt. Units that died and a schedule that has nothing to do with it look
alike in the loss alone.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import blocks, smooth, tail
from neural_trainer.symptoms.correctness import first, last
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "gradient-gone"
NEEDS = {"grad_norm": 10, "loss": 10}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.005
SHARE = 0.03
LEFT = 0.6


def find(run: Run) -> Finding | None:
    """Return that the gradient has gone."""
    part = training_loss(run)
    norm = blocks(run.signals["grad_norm"].finite(), 100)
    if part is None or len(norm) < NEEDS["grad_norm"]:
        return None
    level = smooth(norm.value, 5)
    highest, late = float(level.max()), median(tail(norm.value, 0.5))
    loss = blocks(part.series.finite(), 100)
    if late > SHARE * highest or first(loss) <= 0 or last(loss) < LEFT * first(loss):
        return None
    began = float(norm.step[int(np.argmax(level <= max(SHARE * highest, late)))])
    sentence = (
        f"The gradient norm falls from {number(highest)} to {number(late)} by {at(run, began)}, "
        f"while {part.name} stays at {number(last(loss))}."
    )
    return Finding(
        ID, began, (began, float(norm.step[-1])), 1.0, (sentence,),
        {"highest": highest, "late": late},
    )  # fmt: skip
