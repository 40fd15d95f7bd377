"""A loss that wants logits is given probabilities.

Told at complete sets by the calls of cross_entropy, whose rows then sum to one
with nothing below zero, and of binary_cross_entropy_with_logits, whose values
then all lie in [0, 1]. Seen where nine tenths of at least three sets show it.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding

ID = "loss-of-probabilities"
NEEDS = {"criterion_of_probabilities": 3}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.0005
SHARE = 0.9


def find(run: Run) -> Finding | None:
    """Return the calls of a loss that were given probabilities."""
    told = run.signals["criterion_of_probabilities"].finite()
    if len(told) < 3 or np.mean(told.value > 0.5) < SHARE:
        return None
    window = (float(told.step[0]), float(told.step[-1]))
    sentence = (
        f"In {int((told.value > 0.5).sum())} of {len(told)} measured steps a loss that takes "
        "logits was given probabilities."
    )
    return Finding(ID, window[0], window, 1.0, (sentence,), {"steps": float(len(told))})
