"""Calibration and slices: what is calibrated is not accused, what is not is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from made_predictions import classes, numbers, repeated
from scipy import stats
from torchmetrics.functional.classification import multiclass_calibration_error

from neural_trainer.study.validate.calibration import BINS, calibration
from neural_trainer.study.validate.mistakes import worst_items
from neural_trainer.study.validate.predictions import Predictions
from neural_trainer.study.validate.slices import slices_of


def sharpened(p: Predictions, power: float) -> Predictions:
    assert p.probabilities is not None
    sure = p.probabilities**power
    return replace(p, probabilities=sure / sure.sum(1, keepdims=True))


def test_error_is_that_of_its_definition() -> None:
    p = sharpened(classes(500), 2)
    assert p.probabilities is not None
    found = calibration(p, 0.95, 100, 0)
    assert found is not None
    sure, right = p.probabilities.max(1), p.truth == p.predicted
    expected = 0.0
    for k in range(BINS):
        within = (sure > k / BINS) & (sure <= (k + 1) / BINS)
        if within.any():
            expected += within.mean() * abs(sure[within].mean() - right[within].mean())
    assert found.ece == pytest.approx(expected)
    assert sum(b.num for b in found.bins) == 500


def test_error_is_that_of_torchmetrics() -> None:
    p = sharpened(classes(500), 2)
    assert p.probabilities is not None
    expected = multiclass_calibration_error(
        torch.from_numpy(p.probabilities), torch.from_numpy(p.truth).long(), 3, n_bins=BINS
    )
    found = calibration(p, 0.95, 50, 0)
    assert found is not None
    assert found.ece == pytest.approx(float(expected), abs=1e-6)


def test_a_calibrated_model_stays_below_its_limit() -> None:
    above = 0
    for seed in range(60):
        found = calibration(classes(200, seed=seed), 0.95, 50, seed)
        assert found is not None
        above += found.ece > found.by_chance
    assert above <= 8  # of 60 at 0.05: more once in 200


def test_an_overconfident_model_is_named() -> None:
    found = calibration(sharpened(classes(500), 3), 0.95, 200, 0)
    assert found is not None
    assert found.low <= found.ece <= found.high
    assert found.ece > found.by_chance
    assert found.overconfident > 0.1


def test_without_probabilities_there_is_none() -> None:
    assert calibration(replace(classes(), probabilities=None), 0.95, 50, 0) is None


def test_the_worst_group_is_first_and_its_p_that_of_fisher() -> None:
    p = classes(300)
    site = np.array(["north", "south", "east"] * 100)
    broken = np.where(site == "east", (p.truth + 1) % 3, p.predicted)
    p = replace(p, predicted=broken, slices={"site": site})
    found = slices_of(p, 0.95)
    assert found.rows[0].value == "east"
    assert found.rows[0].score == 0
    right, east = p.truth == p.predicted, site == "east"
    table = [[(right & one).sum(), (~right & one).sum()] for one in (east, ~east)]
    assert found.rows[0].p == pytest.approx(3 * stats.fisher_exact(table).pvalue)


def test_groups_that_do_not_differ_are_rarely_named() -> None:
    named = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        p = replace(numbers(150, seed), slices={"k": rng.choice(list("abcde"), 150)})
        named += any(row.p < 0.05 for row in slices_of(p, 0.95).rows)
    assert named <= 8


def test_copies_in_clusters_do_not_make_a_group_differ() -> None:
    p = classes(60, k=2)
    group = np.random.default_rng(3).choice(list("ab"), 60)
    often = replace(repeated(p, 20), slices={"g": np.repeat(group, 20)})
    once = slices_of(replace(p, clusters=np.arange(60), slices={"g": group}), 0.95)
    many = slices_of(often, 0.95)
    assert [row.p for row in many.rows] == pytest.approx([row.p for row in once.rows])


def test_numbers_are_cut_at_their_quartiles_and_small_groups_left_out() -> None:
    p = numbers(200)
    few = np.array(["rare"] * 3 + ["usual"] * 100 + ["other"] * 97)
    p = replace(p, slices={"age": np.linspace(0, 80, 200), "few": few,
                           "id": np.array([f"n{i}" for i in range(200)])})  # fmt: skip
    found = slices_of(p, 0.95)
    assert {row.value for row in found.rows if row.column == "age"} == {
        "0..20", "20..40", "40..60", "60..80",
    }  # fmt: skip
    assert "rare" not in {row.value for row in found.rows}
    assert len(found.left_out) == 2


def test_mistakes_are_the_surest_first() -> None:
    p = classes(200)
    found = worst_items(p, 20)
    assert [m.size for m in found] == sorted((m.size for m in found), reverse=True)
    assert all(m.truth != m.predicted for m in found)
    assert p.probabilities is not None
    wrong = p.truth != p.predicted
    assert found[0].size == pytest.approx(p.probabilities.max(1)[wrong].max())


def test_largest_errors_of_numbers() -> None:
    p = numbers(50)
    found = worst_items(p, 1)[0]
    assert found.item == str(int(np.abs(p.predicted - p.truth).argmax()))
