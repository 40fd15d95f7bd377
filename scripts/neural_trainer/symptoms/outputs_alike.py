"""The model puts out the same for every sample of a batch.

Told at complete sets by the spread of outputs over the samples of a batch,
relative to their size: seen where it is under 0.001 in the last half of the
run, at the median of at least three sets. At the start a head that begins at
zero puts out the same for all, and learns.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number

ID = "outputs-alike"
NEEDS = {"output_contrast": 6}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.001
SPREAD = 1e-3


def find(run: Run) -> Finding | None:
    """Return the spread of outputs that do not depend on the sample."""
    spread = run.signals["output_contrast"].finite()
    late = spread.value[len(spread) // 2 :]
    if len(late) < 3 or float(np.median(late)) >= SPREAD:
        return None
    apart = np.flatnonzero(spread.value >= SPREAD)
    step = float(spread.step[min(int(apart[-1]) + 1 if len(apart) else 0, len(spread) - 1)])
    typical = float(np.median(late))
    sentence = (
        f"The outputs for different samples of a batch differ by {number(typical)} of their size: "
        "they do not depend on the input."
    )
    return Finding(ID, step, (step, float(spread.step[-1])), 1.0, (sentence,), {"spread": typical})
