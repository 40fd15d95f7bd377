"""What of a series a picture can show: its finite stretches, and its course without noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.run import Array, Series

Indices = NDArray[np.intp]

DRAWABLE = 1e30  # what is larger is shown as lost, like NaN: no axis could show the rest beside it


def drawable(series: Series) -> tuple[Series, Indices]:
    """Return what can be drawn, and the first and the last index of each stretch of the rest."""
    lost = ~(np.abs(series.value) < DRAWABLE)
    if not lost.any():
        return series, np.zeros((0, 2), np.intp)
    edges = np.diff(np.concatenate([[0], lost.astype(np.int8), [0]]))
    gaps = np.stack([np.flatnonzero(edges > 0), np.flatnonzero(edges < 0) - 1], axis=1)
    return series.where(~lost), gaps


def rounded(value: Array) -> Array:
    """Return running medians without their stairs: the centred mean of three, 1 : 2 : 1."""
    if len(value) < 3:
        return value
    padded = np.concatenate([value[:1], value, value[-1:]])
    return np.asarray(padded[:-2] / 4 + padded[1:-1] / 2 + padded[2:] / 4)
