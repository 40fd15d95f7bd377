"""How much a series scatters about its own course, unmoved by trends and by
outliers."""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Array
from neural_trainer.signals.centre import median

# Median absolute deviation to standard deviation of a normal variable.
MAD_TO_SD = 1.4826


def deviation(value: Array) -> float:
    """Return the robust standard deviation of `value`, (n,): 1.4826 x MAD; 0 for n < 2."""
    if len(value) < 2:
        return 0.0
    return MAD_TO_SD * median(np.abs(value - median(value)))


def scatter(value: Array) -> float:
    """Return the standard deviation of the noise of `value`, (n,), in its own unit; 0 for n < 3.

    Taken from first differences, so that a trend does not count as noise; differences that are
    half zeros (a value held between updates) fall back on the mean absolute difference.
    """
    if len(value) < 3:
        return 0.0
    steps = np.diff(value)
    robust = deviation(steps)
    if robust == 0.0:
        robust = float(np.mean(np.abs(steps - median(steps))))
    return robust / float(np.sqrt(2.0))
