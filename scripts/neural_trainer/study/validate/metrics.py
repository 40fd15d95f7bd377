"""The metrics of each task, as functions of how often each item counts.

Weights make resampling cheap: what does not depend on them is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neural_trainer.runs.run import Array
from neural_trainer.study.validate.predictions import Predictions

SMALLEST = 1e-15  # a probability of 0 would make the log loss infinite, as in scikit-learn


@dataclass(frozen=True)
class Metric:
    """A metric: of(weights (n,)) -> value, NaN where undefined.

    rate: a share of independent items, whose (n,) hits and tries make a Wilson interval.
    """

    name: str
    of: Callable[[Array], float]
    higher_is_better: bool
    rate: Array | None = None


def metrics_of(p: Predictions) -> list[Metric]:
    """Return the metrics that these predictions allow."""
    if p.task == "classification":
        return _of_classes(p)
    return _of_numbers(p) if p.task == "regression" else _of_tokens(p)


def weighted_mean(values: Array) -> Callable[[Array], float]:
    """Return the function that makes the mean of `values` under weights."""
    return lambda weights: float(weights @ values / weights.sum())


def confusion(p: Predictions, weights: Array) -> Array:
    """Return the (k, k) counts, rows the true classes."""
    k = len(p.classes)
    cells = p.truth.astype(int) * k + p.predicted.astype(int)
    counts = np.bincount(cells, weights, minlength=k * k)
    return np.asarray(counts, dtype=float).reshape(k, k)


def _of_classes(p: Predictions) -> list[Metric]:
    right = (p.truth == p.predicted).astype(float)
    found = [
        Metric("accuracy", weighted_mean(right), True, right),
        Metric("balanced accuracy", lambda w: _balanced(confusion(p, w)), True),
        Metric("macro F1", lambda w: _macro_f1(confusion(p, w)), True),
        Metric("Matthews correlation", lambda w: _matthews(confusion(p, w)), True),
    ]
    scores = p.scores
    if p.probabilities is not None:
        true_class = p.truth.astype(int)
        given = p.probabilities[np.arange(len(p)), true_class]
        one_hot = np.eye(len(p.classes))[true_class]
        brier = ((p.probabilities - one_hot) ** 2).sum(1)
        if len(p.classes) == 2:  # the customary half
            brier, scores = brier / 2, p.probabilities[:, 1]
        log_loss = -np.log(np.maximum(given, SMALLEST))
        found += [
            Metric("log loss", weighted_mean(log_loss), False),
            Metric("Brier score", weighted_mean(brier), False),
        ]
        if len(p.classes) > 2:
            found.append(Metric("ROC AUC, one against rest", _one_against_rest(p), True))
    if scores is not None:
        found += [
            Metric("ROC AUC", roc_auc(p.truth == 1, scores), True),
            Metric("average precision", average_precision(p.truth == 1, scores), True),
        ]
    return found


def _of_numbers(p: Predictions) -> list[Metric]:
    error = p.predicted - p.truth
    squared = weighted_mean(error**2)

    def explained(weights: Array) -> float:
        mean = weights @ p.truth / weights.sum()
        spread = float(weights @ (p.truth - mean) ** 2)
        return 1 - float(weights @ error**2) / spread if spread > 0 else float("nan")

    return [
        Metric("mean absolute error", weighted_mean(np.abs(error)), False),
        Metric("root mean square error", lambda w: squared(w) ** 0.5, False),
        Metric("median absolute error", _median(np.abs(error)), False),
        Metric("R2", explained, True),
        Metric("mean error (bias)", weighted_mean(error), False),
    ]


def _of_tokens(p: Predictions) -> list[Metric]:
    tokens = p.tokens
    assert tokens is not None

    def nats(weights: Array) -> float:
        return float(weights @ p.truth / (weights @ tokens))

    found = [
        Metric("nats a token", nats, False),
        Metric("perplexity", lambda w: float(np.exp(min(nats(w), 700.0))), False),
        Metric("bits a token", lambda w: nats(w) / float(np.log(2)), False),
    ]
    if np.isfinite(p.predicted).all():
        found.append(
            Metric("token accuracy", lambda w: float(w @ p.predicted / (w @ tokens)), True)
        )
    return found


def _balanced(counts: Array) -> float:
    support = counts.sum(1)
    seen = support > 0
    return float(np.mean(np.diag(counts)[seen] / support[seen]))


def _macro_f1(counts: Array) -> float:
    """Return the mean F1 over classes that occur in truth or prediction."""
    total = counts.sum(0) + counts.sum(1)
    seen = total > 0
    return float(np.mean(2 * np.diag(counts)[seen] / total[seen]))


def _matthews(counts: Array) -> float:
    """Return the correlation of Gorodkin 2004 (Comput. Biol. Chem. 28); 0 where undefined."""
    n, right = counts.sum(), np.trace(counts)
    true, said = counts.sum(1), counts.sum(0)
    below = (n**2 - said @ said) * (n**2 - true @ true)
    return float((right * n - true @ said) / below**0.5) if below > 0 else 0.0


def roc_auc(positive: Array, scores: Array) -> Callable[[Array], float]:
    """Return the area under the ROC curve under weights: ties count half."""
    order = np.argsort(scores, kind="stable")
    hit = positive[order].astype(float)
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) != 0])

    def area(weights: Array) -> float:
        w = weights[order]
        pos = w * hit
        neg = w - pos
        if len(starts) < len(w):
            pos, neg = np.add.reduceat(pos, starts), np.add.reduceat(neg, starts)
        both = pos.sum() * neg.sum()
        below = np.cumsum(neg) - neg / 2
        return float(pos @ below / both) if both > 0 else float("nan")

    return area


def average_precision(positive: Array, scores: Array) -> Callable[[Array], float]:
    """Return the sum of precision over steps of recall under weights."""
    order = np.argsort(-scores, kind="stable")
    hit = positive[order].astype(float)
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) != 0])

    def average(weights: Array) -> float:
        w = weights[order]
        pos, all_ = np.add.reduceat(w * hit, starts), np.add.reduceat(w, starts)
        found = np.cumsum(all_)
        precision = np.divide(np.cumsum(pos), found, out=np.zeros_like(found), where=found > 0)
        return float(pos @ precision / pos.sum()) if pos.sum() > 0 else float("nan")

    return average


def _one_against_rest(p: Predictions) -> Callable[[Array], float]:
    assert p.probabilities is not None
    areas = [
        roc_auc(p.truth == k, p.probabilities[:, k])
        for k in range(len(p.classes))
        if (p.truth == k).any()
    ]
    return lambda weights: float(np.mean([area(weights) for area in areas]))


def _median(values: Array) -> Callable[[Array], float]:
    """Return the middle value under weights; between two middle ones their mean."""
    order = np.argsort(values)
    rising = values[order]

    def middle(weights: Array) -> float:
        reached = np.cumsum(weights[order])
        half = reached[-1] / 2
        low, high = np.searchsorted(reached, [half - 1e-9, half + 1e-9])
        return float((rising[low] + rising[min(high, len(rising) - 1)]) / 2)

    return middle
