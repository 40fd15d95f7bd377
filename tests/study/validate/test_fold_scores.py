"""Scores of folds: the correction of Nadeau and Bengio, and what it is for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from neural_trainer.study.validate.fold_scores import corrected, corrected_p

SCORES = [0.91, 0.88, 0.93, 0.9, 0.86]


def test_without_a_share_it_is_the_usual_t() -> None:
    _, low, high, error = corrected(SCORES, 0.0, 0.95)
    expected = stats.t.interval(0.95, 4, np.mean(SCORES), stats.sem(SCORES))
    assert (low, high) == pytest.approx(expected)
    assert error == pytest.approx(stats.sem(SCORES))
    differences = np.array(SCORES) - 0.9
    assert corrected_p(list(differences), 0.0) == pytest.approx(
        stats.ttest_1samp(differences, 0).pvalue
    )


def test_the_correction_widens_by_the_share_of_test_items() -> None:
    plain, wide = corrected(SCORES, 0.0, 0.95), corrected(SCORES, 0.25, 0.95)
    assert wide[3] / plain[3] == pytest.approx((1 + 5 * 0.25) ** 0.5)


def test_one_fold_tells_no_scatter() -> None:
    assert np.isnan(corrected([0.9], 0.2, 0.95)[1])
    assert corrected_p([0.1], 0.2) == 1.0


def test_models_alike_are_told_apart_no_more_than_they_may_be() -> None:
    """Two classifiers alike, by five folds of the same 60 items: nearest mean on one feature each.

    The uncorrected test is wrong more often than the corrected one.
    """
    wrong = {0.0: 0, 0.25: 0}
    for seed in range(200):
        rng = np.random.default_rng(seed)
        y = rng.integers(0, 2, 60)
        x = rng.standard_normal((60, 2)) + 0.8 * y[:, None]
        fold = rng.permutation(60) % 5
        differences = []
        for k in range(5):
            train, test = fold != k, fold == k
            cut = (x[train & (y == 0)].mean(0) + x[train & (y == 1)].mean(0)) / 2
            right = (x[test] > cut) == (y[test] == 1)[:, None]
            differences.append(float(right[:, 0].mean() - right[:, 1].mean()))
        for share in wrong:
            wrong[share] += corrected_p(differences, share) < 0.05
    assert wrong[0.25] / 200 <= 0.08
    assert wrong[0.25] < wrong[0.0]
