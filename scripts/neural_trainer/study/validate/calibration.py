"""Calibration: how often a model is right where it says how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neural_trainer.runs.run import Array
from neural_trainer.study.validate.predictions import Predictions
from neural_trainer.study.validate.resampling import bootstrap, percentiles, wilson

BINS = 15  # Guo et al. 2017, arXiv:1706.04599, section 2
DRAWN = 200


@dataclass(frozen=True)
class Bin:
    """Items whose confidence lies from `low` to `high`; interval: of the share that was right."""

    low: float
    high: float
    num: int
    confidence: float
    accuracy: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Calibration:
    """ece: the expected calibration error, with its interval.

    by_chance: the error that 95 of 100 perfectly calibrated models of these confidences stay
    below, for the error is never 0. overconfident: mean confidence less accuracy.
    """

    ece: float
    low: float
    high: float
    by_chance: float
    overconfident: float
    bins: tuple[Bin, ...]


def calibration(
    p: Predictions, level: float, num_samples: int, seed: int
) -> Calibration | None:  # fmt: skip
    """Return how calibrated the class predicted is; None without probabilities."""
    if p.probabilities is None:
        return None
    items = np.arange(len(p))
    sure = p.probabilities[items, p.predicted.astype(int)]
    right = (p.truth == p.predicted).astype(float)
    place = np.clip(np.ceil(sure * BINS).astype(int) - 1, 0, BINS - 1)

    def error(weights: Array) -> float:
        return expected_error(place, weights, weights * (sure - right))

    drawn = bootstrap([error], p.of_cluster, num_samples, seed)[:, 0]
    rng, ones = np.random.default_rng(seed), np.ones(len(p))
    chance = [expected_error(place, ones, sure - (rng.random(len(p)) < sure)) for _ in range(DRAWN)]
    bins = []
    for index in range(BINS):
        within = place == index
        num = int(within.sum())
        if num:
            hits = float(right[within].sum())
            bins.append(Bin(index / BINS, (index + 1) / BINS, num, float(sure[within].mean()),
                            hits / num, wilson(hits, num, level)))  # fmt: skip
    return Calibration(
        error(ones), *percentiles(drawn, level), float(np.quantile(chance, 0.95)),
        float(sure.mean() - right.mean()), tuple(bins),
    )  # fmt: skip


def expected_error(place: Array, weights: Array, gaps: Array) -> float:
    """Return the mean over items of how far confidence and accuracy of their bin lie apart."""
    return float(np.abs(np.bincount(place.astype(int), gaps, minlength=BINS)).sum() / weights.sum())
