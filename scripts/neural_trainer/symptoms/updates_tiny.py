"""The steps are too small to change the weights.

In every trained weight matrix and in the head, in the first half of the
measured steps and in the last, the norm of the update is under a millionth of
that of the weights (medians, where the learning rate is above zero). Healthy
runs lie between 1e-4 and 1e-2, careful fine-tunes at 1e-5. Under 1e-6 a
thousand steps change a thousandth, and single-precision weights begin to lose
the update in rounding (their spacing is 6e-8 to 1.2e-7).
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.levels import median
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.matrices import COMPARED, is_trained, sound

ID = "updates-tiny"
NEEDS = {"layers": 10}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.003
RATIO = 1e-6


def find(run: Run) -> Finding | None:
    """Return the largest ratio of updates to weights, where even that is tiny."""
    layers = sound(run)
    lr = run.get("lr")
    if layers is not None and lr is not None:
        at = np.searchsorted(lr.step, layers.step, side="right") - 1
        layers = layers.where((at < 0) | (lr.value[at] > 0))
    if layers is None or len(layers) < NEEDS["layers"]:
        return None
    kinds = (*COMPARED, "head")
    columns = [i for i, p in enumerate(layers.parameters) if is_trained(p) and p.kind in kinds]
    ratio = layers.gradients["update_ratio"][:, columns]
    half = len(ratio) // 2
    halves = np.concatenate([median(ratio[:half]), median(ratio[half:])])
    halves = halves[~np.isnan(halves)]
    if len(halves) == 0 or not 0 < halves.max() < RATIO:
        return None
    largest = float(halves.max())
    sentence = (
        f"A step changes no weight matrix by more than {number(largest)} of its norm "
        f"({len(columns)} of them, medians of {len(ratio)} measured steps)."
    )
    window = (float(layers.step[0]), float(layers.step[-1]))
    return Finding(ID, window[0], window, 1.0, (sentence,), {"ratio": largest})
