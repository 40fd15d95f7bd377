"""Targets that are padding count in the loss.

Told at complete sets of a model of whole numbers in sequences: most rows end in
a run of one number, of different lengths, and the targets beside it are not
left out. Seen where a tenth of the targets or more are of that kind in nine
tenths of at least three sets.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number

ID = "padding-scored"
NEEDS = {"padding_scored": 3}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.01
PADDED = 0.1  # share of the targets
SHARE = 0.9  # of the sets


def find(run: Run) -> Finding | None:
    """Return the share of targets that are padding."""
    told = run.signals["padding_scored"].finite()
    if len(told) < NEEDS["padding_scored"] or np.mean(told.value >= PADDED) < SHARE:
        return None
    window = (float(told.step[0]), float(told.step[-1]))
    padded = float(np.median(told.value))
    sentence = (
        f"{number(100 * padded)} % of the targets that count lie beside the padding at the end "
        "of sequences."
    )
    return Finding(ID, window[0], window, 1.0, (sentence,), {"targets": padded})
