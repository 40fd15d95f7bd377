"""Numbers stop being finite in a model that computes in fp16.

Told by the type of the model's output at complete sets: 16-bit floats, whose
largest number is 65,504, in the run whose loss or gradient is not finite.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding

ID = "nonfinite-in-fp16"
NEEDS = {"output_in_fp16": 1}
GIVEN = ("loss-nonfinite", "gradient-nonfinite-alone")
ALARM = True
BACKGROUND = 0.001


def find(run: Run) -> Finding | None:
    """Return that the model's output is in fp16."""
    half = run.signals["output_in_fp16"]
    if not np.any(half.value > 0.5):
        return None
    window = (float(half.step[0]), float(half.step[-1]))
    sentence = "The model's output is in fp16, which ends at 65,504."
    return Finding(ID, window[0], window, 1.0, (sentence,))
