"""Training passes run in evaluation mode.

Told by the model's mode in passes with gradients, at complete sets of
statistics, of a model that has dropout or batch norm. Seen where it begins in
evaluation mode or changes to it, and then stays in it for three sets or more,
to the end. A backbone alone that is kept in evaluation mode is not seen: the
whole model's mode counts.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at

ID = "trained-in-eval-mode"
NEEDS = {"fitted_without_dropout": 3}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.002
LEAST = 3  # complete sets


def find(run: Run) -> Finding | None:
    """Return the step from which training runs in evaluation mode."""
    mode = run.signals["fitted_without_dropout"].finite()
    training = np.flatnonzero(mode.value < 0.5)
    first = int(training[-1]) + 1 if len(training) else 0
    if len(mode) - first < LEAST:
        return None
    step = float(mode.step[first])
    sentence = (
        f"From {at(run, step)} on the model, with dropout or batch norm, trains in eval mode."
    )
    return Finding(ID, step, (step, float(mode.step[-1])), 1.0, (sentence,), {"from": step})
