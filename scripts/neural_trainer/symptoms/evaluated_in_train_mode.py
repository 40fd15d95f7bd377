"""Evaluations run in training mode.

Told by the mode in which the model's passes without gradients ran before an
evaluation was logged, of a model that has dropout or batch norm: without them
the mode makes no difference. Seen where over half of the passes of over half
of the evaluations ran in training mode.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at

ID = "evaluated-in-train-mode"
NEEDS = {"scored_with_dropout": 1}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.001


def find(run: Run) -> Finding | None:
    """Return the evaluations whose passes ran in training mode."""
    mode = run.signals["scored_with_dropout"].finite()
    there = mode.value > 0.5
    if not np.mean(there) > 0.5:
        return None
    step = float(mode.step[int(np.argmax(there))])
    sentence = (
        f"{int(there.sum())} of {len(mode)} evaluations ran in training mode, first at "
        f"{at(run, step)}, of a model with dropout or batch norm."
    )
    numbers = {"evaluations": float(there.sum()), "of": float(len(mode))}
    return Finding(ID, step, (step, float(mode.step[-1])), 1.0, (sentence,), numbers)
