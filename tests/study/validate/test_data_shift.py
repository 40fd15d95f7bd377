"""Shift between splits: tests against scipy, error rates, planted shifts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from neural_trainer.study.validate.data_shift import data_shift, two_sample


def test_features_are_tested_as_scipy_does() -> None:
    rng = np.random.default_rng(0)
    train, held_out = rng.standard_normal(80), rng.standard_normal(60) + 1
    kinds, others = rng.choice(list("ab"), 80), rng.choice(list("ab"), 60)
    found = data_shift({"x": train, "k": kinds}, {"x": held_out, "k": others}, None, 0)
    assert found is not None
    rows = {row.name: row for row in found.rows}
    ks = stats.ks_2samp(train, held_out)
    table = [[(split == k).sum() for k in "ab"] for split in (kinds, others)]
    chi2 = stats.chi2_contingency(table).pvalue
    assert rows["x"].distance == pytest.approx(ks.statistic)
    assert rows["x"].p == pytest.approx(2 * ks.pvalue)  # Holm: the smaller of two
    assert rows["k"].p == pytest.approx(chi2)


def test_one_feature_among_many_is_the_one_named() -> None:
    rng = np.random.default_rng(0)
    train, held_out = rng.standard_normal((300, 30)), rng.standard_normal((200, 30))
    held_out[:, 11] += 0.6
    found = data_shift({"x": train}, {"x": held_out}, None, 0)
    assert found is not None
    assert [row.name for row in found.rows if row.p < 0.05] == ["x[11]"]


def test_alike_splits_are_rarely_told_apart() -> None:
    told, joint = 0, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        found = data_shift(
            {"x": rng.standard_normal((80, 10))}, {"x": rng.standard_normal((60, 10))}, None, seed
        )
        assert found is not None
        told += any(row.p < 0.05 for row in found.rows)
        joint += found.joint < 0.05
    assert told <= 7  # of 60, at 0.05: more than 7 by chance once in 50
    assert joint <= 7


def test_a_dependence_that_no_feature_shows_is_seen_in_whole_rows() -> None:
    rng = np.random.default_rng(0)
    train = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 300)
    held_out = rng.multivariate_normal([0, 0], [[1, -0.9], [-0.9, 1]], 300)
    found = data_shift({"x": train}, {"x": held_out}, None, 0)
    assert found is not None
    assert all(row.p > 0.05 for row in found.rows)
    assert found.joint < 0.01


def test_discrepancy_is_that_of_its_definition() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.standard_normal((12, 3)), rng.standard_normal((9, 3)) + 1
    both = np.concatenate([one, other])
    both = (both - both.mean(0)) / both.std(0)
    apart = ((both[:, None] - both) ** 2).sum(2)
    k = np.exp(-apart / np.median(apart[~np.eye(21, dtype=bool)]))
    a, b, ab = k[:12, :12], k[12:, 12:], k[:12, 12:]
    expected = (a.sum() - 12) / 132 + (b.sum() - 9) / 72 - 2 * ab.mean()
    assert two_sample(one, other, 0)[1] == pytest.approx(expected)


def test_long_rows_are_tested_by_mean_and_spread() -> None:
    rng = np.random.default_rng(0)
    images, others = rng.standard_normal((60, 20, 20)), 1.5 * rng.standard_normal((50, 20, 20))
    found = data_shift({"image": images}, {"image": others}, None, 0)
    assert found is not None
    assert {row.name for row in found.rows} == {"image.mean", "image.sd"}
    assert found.rows[0].name == "image.sd"
    assert found.left_out
