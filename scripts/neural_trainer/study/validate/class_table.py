"""The confusion matrix, and precision, recall and F1 of each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neural_trainer.runs.run import Array
from neural_trainer.study.validate.metrics import confusion
from neural_trainer.study.validate.predictions import Predictions
from neural_trainer.study.validate.resampling import (
    bootstrap,
    percentiles,
    wilson,
)


@dataclass(frozen=True)
class ClassRow:
    """One class: items of it, and of these and of what was called so the share that was right.

    Intervals are Wilson's, over clusters where items repeat the bootstrap's. NaN: none was.
    """

    name: str
    support: int
    predicted: int
    precision: float
    precision_interval: tuple[float, float]
    recall: float
    recall_interval: tuple[float, float]
    f1: float


def class_rows(p: Predictions, level: float, num_samples: int, seed: int) -> list[ClassRow]:
    """Return a row for each class."""
    counts = confusion(p, np.ones(len(p)))
    true, said, hit = counts.sum(1), counts.sum(0), np.diag(counts)
    precise = [wilson(h, n, level) for h, n in zip(hit, said, strict=True)]
    recalled = [wilson(h, n, level) for h, n in zip(hit, true, strict=True)]
    if p.clusters is not None:
        k = range(len(p.classes))
        shares = [_share(p, 0, i) for i in k] + [_share(p, 1, i) for i in k]
        drawn = bootstrap(shares, p.clusters, num_samples, seed)
        ends = [percentiles(drawn[:, column], level) for column in range(drawn.shape[1])]
        precise, recalled = ends[: len(k)], ends[len(k) :]
    return [
        ClassRow(
            name, int(true[i]), int(said[i]),
            _ratio(hit[i], said[i]), precise[i], _ratio(hit[i], true[i]), recalled[i],
            _ratio(2 * hit[i], true[i] + said[i]),
        )
        for i, name in enumerate(p.classes)
    ]  # fmt: skip


class _share:
    """Precision (axis 0) or recall (axis 1) of one class under weights."""

    def __init__(self, p: Predictions, axis: int, index: int) -> None:
        self._of = (p.predicted if axis == 0 else p.truth) == index
        self._hit = self._of & (p.truth == p.predicted)

    def __call__(self, weights: Array) -> float:
        return _ratio(float(weights @ self._hit), float(weights @ self._of))


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")
