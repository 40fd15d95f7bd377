"""Metrics against scikit-learn, and by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from made_predictions import classes, numbers, texts
from sklearn import metrics as m

from neural_trainer.study.validate.metrics import metrics_of
from neural_trainer.study.validate.predictions import Predictions

BINARY: dict[str, Callable[[Predictions, Any], float]] = {
    "accuracy": lambda p, w: m.accuracy_score(p.truth, p.predicted, sample_weight=w),
    "balanced accuracy": lambda p, w: m.balanced_accuracy_score(
        p.truth, p.predicted, sample_weight=w
    ),
    "macro F1": lambda p, w: m.f1_score(p.truth, p.predicted, sample_weight=w, average="macro"),
    "Matthews correlation": lambda p, w: m.matthews_corrcoef(p.truth, p.predicted, sample_weight=w),
    "log loss": lambda p, w: m.log_loss(p.truth, p.probabilities, sample_weight=w),
    "Brier score": lambda p, w: m.brier_score_loss(p.truth, p.probabilities[:, 1], sample_weight=w),
    "ROC AUC": lambda p, w: m.roc_auc_score(p.truth, p.probabilities[:, 1], sample_weight=w),
    "average precision": lambda p, w: m.average_precision_score(
        p.truth, p.probabilities[:, 1], sample_weight=w
    ),
}
NUMBERS: dict[str, Callable[[Predictions, Any], float]] = {
    "mean absolute error": lambda p, w: m.mean_absolute_error(
        p.truth, p.predicted, sample_weight=w
    ),
    "root mean square error": lambda p, w: m.root_mean_squared_error(
        p.truth, p.predicted, sample_weight=w
    ),
    "R2": lambda p, w: m.r2_score(p.truth, p.predicted, sample_weight=w),
}


def value(p: Predictions, name: str, weights: Any) -> float:
    return next(m for m in metrics_of(p) if m.name == name).of(weights)


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("resampled", [False, True], ids=["once-each", "resampled"])
def test_two_classes_as_scikit_learn(name: str, resampled: bool) -> None:
    p = classes(k=2)
    assert p.probabilities is not None
    p.probabilities[:] = np.round(p.probabilities, 1)  # ties
    p.probabilities[:] = np.clip(p.probabilities, 0.05, 0.95)
    p.probabilities[:] /= p.probabilities.sum(1, keepdims=True)
    rng = np.random.default_rng(1)
    weights = np.bincount(rng.integers(len(p), size=len(p)), minlength=len(p)) * 1.0
    weights = weights if resampled else np.ones(len(p))
    assert value(p, name, weights) == pytest.approx(BINARY[name](p, weights), abs=1e-12)


@pytest.mark.parametrize("name", ["accuracy", "balanced accuracy", "macro F1",
                                  "Matthews correlation", "log loss"])  # fmt: skip
def test_several_classes_as_scikit_learn(name: str) -> None:
    p = classes(k=4)
    ones = np.ones(len(p))
    assert value(p, name, ones) == pytest.approx(BINARY[name](p, ones), abs=1e-12)


def test_one_against_rest_as_scikit_learn() -> None:
    p = classes(k=4)
    expected = m.roc_auc_score(p.truth, p.probabilities, multi_class="ovr")
    found = value(p, "ROC AUC, one against rest", np.ones(len(p)))
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_as_scikit_learn(name: str) -> None:
    p = numbers()
    weights = np.arange(len(p)) % 3 * 1.0
    assert value(p, name, weights) == pytest.approx(NUMBERS[name](p, weights), abs=1e-12)


@pytest.mark.parametrize("num", [7, 8], ids=["odd", "even"])
def test_median_of_errors_is_that_of_numpy(num: int) -> None:
    p = numbers(num)
    weights = np.array([0, 1, 2, 1, 3, 0, 1, 2][:num], dtype=float)
    expected = np.median(np.repeat(np.abs(p.predicted - p.truth), weights.astype(int)))
    assert value(p, "median absolute error", weights) == pytest.approx(expected)


def test_area_is_the_share_of_pairs_in_order() -> None:
    p = classes(60, k=2)
    assert p.probabilities is not None
    scores = p.probabilities[:, 1]
    gaps = scores[p.truth == 1][:, None] - scores[p.truth == 0]
    expected = ((gaps > 0) + (gaps == 0) / 2).mean()
    assert value(p, "ROC AUC", np.ones(60)) == pytest.approx(expected)


def test_nats_are_those_of_all_tokens_together() -> None:
    p, ones = texts(), np.ones(100)
    assert p.tokens is not None
    nats = p.truth.sum() / p.tokens.sum()
    assert value(p, "nats a token", ones) == pytest.approx(nats)
    assert value(p, "perplexity", ones) == pytest.approx(np.exp(nats))
    assert value(p, "token accuracy", ones) == pytest.approx(p.predicted.sum() / p.tokens.sum())


def test_log_loss_and_brier_by_hand() -> None:
    p = classes(50, k=3)
    assert p.probabilities is not None
    given = p.probabilities[np.arange(50), p.truth.astype(int)]
    assert value(p, "log loss", np.ones(50)) == pytest.approx(-np.log(given).mean())
    one_hot = np.eye(3)[p.truth.astype(int)]
    expected = ((p.probabilities - one_hot) ** 2).sum(1).mean()
    assert value(p, "Brier score", np.ones(50)) == pytest.approx(expected)


def test_a_class_that_never_occurs_leaves_the_area_undefined() -> None:
    p = classes(50, k=2)
    assert np.isnan(value(p, "ROC AUC", (p.truth == 1) * 1.0))
