"""Intervals: Wilson's against scipy, coverage of the bootstrap, clusters against copies."""

from __future__ import annotations

import numpy as np
import pytest
from made_predictions import classes, numbers, repeated
from scipy import stats
from sklearn.metrics import precision_recall_fscore_support

from neural_trainer.study.validate.class_table import class_rows
from neural_trainer.study.validate.metrics import metrics_of
from neural_trainer.study.validate.predictions import Predictions
from neural_trainer.study.validate.resampling import (
    FEW_CLUSTERS,
    cluster_error,
    estimates,
    wilson,
)


@pytest.mark.parametrize(("hits", "tries"), [(0, 5), (8, 10), (500, 1000), (7, 7)], ids=str)
@pytest.mark.parametrize("level", [0.9, 0.95], ids=str)
def test_wilson_is_that_of_scipy(hits: int, tries: int, level: float) -> None:
    expected = stats.binomtest(hits, tries).proportion_ci(level, "wilson")
    assert wilson(hits, tries, level) == pytest.approx((expected.low, expected.high))


def test_bootstrap_of_a_mean_is_as_wide_as_its_standard_error() -> None:
    p = numbers(400)
    error = np.abs(p.predicted - p.truth)
    found = next(e for e in estimates(p, metrics_of(p), 0.95, 2000, 0) if "mean abs" in e.name)
    half = 1.96 * error.std(ddof=1) / 20
    assert found.value == pytest.approx(error.mean())
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.08)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    truth = 0.5 * (2 / np.pi) ** 0.5
    held = 0
    for seed in range(200):
        p = numbers(80, seed)
        found = estimates(p, metrics_of(p)[:1], 0.9, 300, seed)[0]
        held += found.low <= truth <= found.high
    assert 0.83 <= held / 200 <= 0.95  # 0.90, less what 80 items cost; 3.3 standard errors below


def test_copies_in_clusters_add_nothing() -> None:
    p = classes(150, k=2)
    once = estimates(p, metrics_of(p), 0.95, 1500, 0)
    often = estimates(repeated(p, 10), metrics_of(repeated(p, 10)), 0.95, 1500, 0)
    for one, other in zip(once, often, strict=True):
        assert other.method == "bootstrap of clusters"
        assert other.value == pytest.approx(one.value)
        assert other.high - other.low == pytest.approx(one.high - one.low, rel=0.15)


def test_rates_of_independent_items_are_wilsons() -> None:
    p = classes(150)
    found = estimates(p, metrics_of(p), 0.95, 100, 0)[0]
    hits = int((p.truth == p.predicted).sum())
    assert (found.method, found.low, found.high) == ("Wilson", *wilson(hits, 150, 0.95))


def test_one_cluster_has_no_interval() -> None:
    p = repeated(classes(1, k=2), 20)
    assert all(np.isnan(e.low) for e in estimates(p, metrics_of(p), 0.95, 50, 0))


def test_error_over_clusters_of_one_is_that_of_the_mean() -> None:
    values = np.random.default_rng(0).standard_normal(30)
    mean, error, count = cluster_error(values, np.ones(30), np.arange(30))
    assert (mean, error, count) == pytest.approx((values.mean(), stats.sem(values), 30))


def test_class_table_is_that_of_scikit_learn() -> None:
    p = classes(200)
    precision, recall, f1, support = precision_recall_fscore_support(p.truth, p.predicted)
    rows = class_rows(p, 0.95, 100, 0)
    assert [row.precision for row in rows] == pytest.approx(precision)
    assert [row.recall for row in rows] == pytest.approx(recall)
    assert [row.f1 for row in rows] == pytest.approx(f1)
    assert [row.support for row in rows] == list(support)


def test_class_intervals_over_clusters_are_wider_than_wilsons() -> None:
    p = classes(60)
    alone, clustered = class_rows(p, 0.95, 400, 0), class_rows(repeated(p, 5), 0.95, 400, 0)
    for one, other in zip(alone, clustered, strict=True):
        width = other.recall_interval[1] - other.recall_interval[0]
        assert other.recall == pytest.approx(one.recall)
        naive = wilson(other.recall * other.support, other.support, 0.95)
        assert width > 1.3 * (naive[1] - naive[0])


def held_at(num_groups: int, repetitions: int) -> float:
    """Return the share of 95 % intervals of a mean over groups of five that hold the truth."""
    held = 0
    for seed in range(repetitions):
        rng = np.random.default_rng(seed)
        errors = np.repeat(rng.standard_normal(num_groups), 5)
        errors += rng.standard_normal(5 * num_groups)
        p = Predictions(
            "made", "regression", np.zeros_like(errors), errors,
            clusters=np.repeat(np.arange(num_groups), 5),
        )  # fmt: skip
        bias = [metric for metric in metrics_of(p) if metric.name == "mean error (bias)"]
        found = estimates(p, bias, 0.95, 400, seed)[0]
        held += found.low <= 0 <= found.high
    return held / repetitions


def test_few_groups_cover_too_little_which_is_why_they_are_warned_of() -> None:
    assert held_at(5, 150) < 0.9
    assert held_at(2 * FEW_CLUSTERS, 150) > 0.87
