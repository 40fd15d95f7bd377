"""What accuracy and loss say of each other: chance, and what a calibrated model would lose."""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import blocks, head, tail

EARLY, LATE = 0.1, 0.2  # shares of a series that stand for its start and its end
LARGEST = math.log(1e6)  # nat: a first loss above it stands for no number of classes


def accuracy(run: Run, *names: str) -> Series | None:
    """Return the first of `names` that is logged, finite points as shares; None where none is.

    An accuracy whose values pass 1.5 is in per cent.
    """
    for name in names:
        series = run.get(name)
        if series is not None and len(series.finite()):
            finite = series.finite()
            scale = 0.01 if float(finite.value.max()) > 1.5 else 1.0
            return Series(finite.step, scale * finite.value)
    return None


def first(series: Series) -> float:
    """Return the level at the start: the median of the first tenth."""
    return float(np.median(head(series.value, EARLY)))


def last(series: Series) -> float:
    """Return the level at the end: the median of the last fifth."""
    return float(np.median(tail(series.value, LATE)))


def calibrated_loss(accuracy: float, classes: float) -> float:
    """Return the cross-entropy, nat, of a calibrated model that spreads its doubt evenly.

    It is right with probability `accuracy` and gives each other class an equal share of the rest:
    no calibrated model of that accuracy loses more.

    >>> round(calibrated_loss(0.1, 10), 3)  # guessing
    2.303
    """
    right = min(max(accuracy, 1e-6), 1 - 1e-6)
    wrong = 1 - right
    return -right * math.log(right) - wrong * math.log(wrong / max(classes - 1, 1e-6))


def lately_fallen(series: Series) -> float:
    """Return how far `series` falls in its last third, between medians of the thirds of that."""
    late = tail(blocks(series, 100).value, 1 / 3)
    few = max(1, len(late) // 3)
    return median(late[:few]) - median(late[-few:])
