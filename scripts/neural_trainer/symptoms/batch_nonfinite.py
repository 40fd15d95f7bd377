"""A batch holds values that are not finite, at the step where the loss is not.

Told by the largest magnitude of the inputs, or of targets of fractions, which
the Monitor measures at every step: it is itself not finite at the first step
whose loss is NaN or infinite. Inputs that stay finite there speak for a cause
within the model.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at
from neural_trainer.symptoms.roles import largest_of_batches, losses

ID = "batch-nonfinite"
NEEDS = {"any loss": 2, "largest of a batch": 2}
GIVEN = ("loss-nonfinite",)
ALARM = True
BACKGROUND = 0.0002


def find(run: Run) -> Finding | None:
    """Return the batch that was not finite when the loss first was not."""
    broken = np.unique(
        np.concatenate([p.series.step[~np.isfinite(p.series.value)] for p in losses(run)])
    )
    if not len(broken):
        return None
    for what, series in largest_of_batches(run):
        here = series.value[np.isin(series.step, broken[:1])]
        if len(here) and not np.isfinite(here).all():
            step = float(broken[0])
            sentence = (
                f"The {what} of {at(run, step)}, where the loss is not finite, are not either."
            )
            return Finding(ID, step, (step, step), 1.0, (sentence,), {"step": step})
    return None
