"""The confusion matrix, and precision, recall and F1 of each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neural_trainer.runs.run import Array
from neural_trainer.study.validate.metrics import confusion
from neural_trainer.study.validate.predictions import Predictions
from neural_trainer.study.validate.resampling import (
    percentiles,
    resamples,
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
        drawn = np.array([_shares(p, w) for w in resamples(p.clusters, num_samples, seed)])
        precise, recalled = (
            [percentiles(drawn[:, axis, k], level) for k in range(len(p.classes))]
            for axis in (0, 1)
        )
    return [
        ClassRow(
            name, int(true[i]), int(said[i]),
            _ratio(hit[i], said[i]), precise[i], _ratio(hit[i], true[i]), recalled[i],
            _ratio(2 * hit[i], true[i] + said[i]),
        )
        for i, name in enumerate(p.classes)
    ]  # fmt: skip


def _shares(p: Predictions, weights: Array) -> Array:
    """Return (2, k): precision and recall of each class under weights."""
    counts = confusion(p, weights)
    below = np.stack([counts.sum(0), counts.sum(1)])
    none = np.full_like(below, np.nan)
    return np.asarray(np.divide(np.diag(counts), below, out=none, where=below > 0))


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")
