"""The steps are large against the weights that they change.

The median over the trained weight matrices of the norm of the update over that
of the weights, itself the median of the last half of the measured steps, is
0.1 or more. Healthy runs lie between 1e-4 and 1e-2; at 0.1 the weights are
others after ten steps. Small or freshly made tensors (LoRA, biases, norms)
have large ratios in healthy runs and are not counted.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import tail
from neural_trainer.signals.levels import median
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.matrices import matrices, sound

ID = "updates-large"
NEEDS = {"layers": 10}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.01
RATIO = 0.1


def find(run: Run) -> Finding | None:
    """Return the ratio of updates to weights, where it is large."""
    layers = sound(run)
    if layers is None or len(layers) < NEEDS["layers"]:
        return None
    late = tail(layers.gradients["update_ratio"][:, matrices(layers)], 0.5)
    ratio = median(late)
    ratio = ratio[np.isfinite(ratio)]
    level = float(np.median(ratio)) if len(ratio) else 0.0
    if level < RATIO:
        return None
    began = float(layers.step[-len(late)])
    sentence = (
        f"From {at(run, began)} on a step changes the weights by {number(level)} of their norm "
        f"(median of {len(ratio)} weight matrices)."
    )
    return Finding(ID, began, (began, float(layers.step[-1])), 1.0, (sentence,), {"ratio": level})
