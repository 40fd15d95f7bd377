"""The middle of a few numbers, many times over."""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Array

_SORTED = 500  # up to so many numbers sorting beats what numpy does besides


def median(value: Array) -> float:
    """Return the median of `value`, (n,), n > 0, as numpy's does; NaN where one is NaN.

    Of a few hundred numbers it takes a fifth of numpy's time, and a judgement takes dozens.

    >>> median(np.array([3.0, 1.0, 2.0, 7.0]))
    2.5
    """
    count = len(value)
    if not 0 < count <= _SORTED:
        return float(np.median(value))
    ordered = np.sort(value)
    if np.isnan(ordered[-1]):
        return float("nan")
    return float((ordered[(count - 1) // 2] + ordered[count // 2]) / 2)
