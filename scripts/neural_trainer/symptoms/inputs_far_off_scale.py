"""The inputs are far from zero mean and unit size.

Told at complete sets by the first tensor of fractions that the model is given,
unless it begins with a normalisation of its own. Seen where, at the median,
its root mean square is over 10, as with pixels from 0 to 255 (about 130), or
under 0.01; or where one feature of a table varies over 30 times more than the
median feature. Standardised inputs have 1 of each; pixels from 0 to 1 have
about 0.5. Strength by how many times the limit is passed: 1 from tenfold on.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number

ID = "inputs-far-off-scale"
NEEDS = {"input_rms": 1}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.03
LARGE, SMALL = 10.0, 0.01
APART = 30.0


def find(run: Run) -> Finding | None:
    """Return the size of the inputs, or how far their features are apart."""
    rms = run.signals["input_rms"].finite()
    size = float(np.median(rms.value)) if len(rms) else 1.0
    ratio = run.get("input_scale_ratio")
    apart = float(np.median(ratio.finite().value)) if ratio is not None and len(ratio) else 1.0
    small = SMALL / size if size > 0 else 0.0
    times = max(size / LARGE, small, apart / APART)
    if times < 1:
        return None
    sentence = f"The inputs have a root mean square of {number(size)}"
    sentence += (
        f", and one feature varies {number(apart)} times more than the median one."
        if apart >= APART
        else "; standardised ones have 1."
    )
    strength = min(1.0, 0.5 + 0.5 * math.log10(times))
    window = (float(rms.step[0]), float(rms.step[-1]))
    numbers = {"rms": size, "apart": apart}
    return Finding(ID, window[0], window, strength, (sentence,), numbers)
