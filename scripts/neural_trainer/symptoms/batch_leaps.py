"""A few batches hold values far above all others, and the loss jumps with them.

Told by the largest magnitude of the inputs, or of targets of fractions, which
the Monitor measures at every step. Seen where in at most a tenth of the steps
it is over 5 times its 90th percentile, and the loss of half of those steps is
over the 90th percentile of the losses within 20 steps around. Strength 0.5 at
5 times, 1 from 50 on.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import largest_of_batches

ID = "batch-leaps"
NEEDS = {"loss": 40, "largest of a batch": 40}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.001
TIMES, CERTAIN = 5.0, 50.0
SHARE = 0.1
AROUND = 20


def find(run: Run) -> Finding | None:
    """Return the first batch that leaps above the others, with the loss."""
    loss = run.signals["loss"]
    for what, series in largest_of_batches(run):
        steps, at_size, at_loss = np.intersect1d(series.step, loss.step, return_indices=True)
        size, value = series.value[at_size], loss.value[at_loss]
        if len(steps) < 40:
            continue
        usual = float(np.nanquantile(np.where(np.isfinite(size), size, np.nan), 0.9))
        high = np.flatnonzero(np.isfinite(size) & (size > TIMES * usual))
        if usual <= 0 or not 0 < len(high) <= SHARE * len(steps):
            continue
        if np.mean([_stands_out(value, int(i)) for i in high]) < 0.5:
            continue
        times = float(size[high].max()) / usual
        step = float(steps[high[0]])
        sentence = (
            f"The {what} of {len(high)} steps, first {at(run, step)}, reach {number(times)} times "
            "what nine tenths of the batches stay under, and the loss stands out there."
        )
        strength = min(1.0, 0.5 + 0.5 * math.log(times / TIMES) / math.log(CERTAIN / TIMES))
        window = (step, float(steps[high[-1]]))
        numbers = {"times": times, "steps": float(len(high))}
        return Finding(ID, step, window, strength, (sentence,), numbers)
    return None


def _stands_out(value: np.ndarray[tuple[int], np.dtype[np.float64]], i: int) -> bool:
    """Tell whether the loss at `i`, or right after it, is high among its neighbours."""
    around = value[max(0, i - AROUND) : i + AROUND + 1]
    around = around[np.isfinite(around)]
    now = value[i : i + 2]
    if not np.isfinite(now).all():
        return True
    return len(around) > 4 and float(now.max()) >= float(np.quantile(around, 0.9))
