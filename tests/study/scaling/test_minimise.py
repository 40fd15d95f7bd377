"""The batch of minimisers and the starts, against scipy's one by one."""

from __future__ import annotations

import numpy as np
import pytest
from made_studies import model_of, spread
from scipy.optimize import nnls, rosen, rosen_der

from neural_trainer.study.scaling.laws import PARAMETRIC
from neural_trainer.study.scaling.minimise import minimise
from neural_trainer.study.scaling.starts import LEAST, MOST, _nonnegative, starts


def rosenbrock(theta, place):
    """Rosenbrock's function, shifted by each place, plus one: the tolerance is relative."""
    shift = place[:, None] * 0.1
    value = np.array([rosen(row) for row in theta - shift])
    return value + 1, np.array([rosen_der(row) for row in theta - shift])


def test_each_function_of_a_batch_finds_its_own_least_value() -> None:
    start = np.random.default_rng(0).normal(0, 1.5, (20, 3))
    found = minimise(rosenbrock, start, np.repeat(np.eye(3)[None] / 100, 20, 0), 1e-14)
    value, slope = rosenbrock(found, np.arange(20))
    assert np.abs(slope).max() < 1e-4
    # Rosenbrock in three dimensions has one minimum, at ones.
    assert found == pytest.approx(np.ones((20, 3)) + np.arange(20)[:, None] * 0.1, abs=1e-4)
    assert value == pytest.approx(np.ones(20), abs=1e-8)


def test_a_start_at_the_least_value_stays() -> None:
    start = np.ones((2, 3)) + np.arange(2)[:, None] * 0.1
    assert minimise(rosenbrock, start, np.repeat(np.eye(3)[None], 2, 0), 1e-12) == pytest.approx(
        start, abs=1e-12
    )


def test_nonnegative_least_squares_is_that_of_scipy() -> None:
    generator = np.random.default_rng(0)
    zeros = 0
    for _ in range(200):
        table, target = generator.normal(0, 1, (12, 3)), generator.normal(0, 1, 12)
        right, norm = nnls(table, target)
        found, left = _nonnegative(table.T @ table, table.T @ target, target @ target)
        zeros += int((right == 0).sum())
        assert found == pytest.approx(right, abs=1e-8)
        assert float(left) == pytest.approx(norm**2, abs=1e-8)
    assert zeros > 100  # both kinds were tried


def test_starts_are_near_a_law_on_the_grid() -> None:
    points = spread(noise=0)
    design = PARAMETRIC.design(points.columns)
    found = starts(PARAMETRIC, design, points.loss, np.ones((2, 60)), 5)
    assert found.shape == (2, 5, 5)
    predicted = PARAMETRIC.predict(found[0, :1], points.columns)[0]
    assert np.abs(np.log(predicted / points.loss)).max() < 0.01
    assert ((found[..., 3:] >= LEAST) & (found[..., 3:] <= MOST)).all()


def test_slopes_are_those_of_differences() -> None:
    model = model_of(spread(count=8))
    theta = PARAMETRIC.fitted(np.array([[1.7, 300.0, 900.0, 0.3, 0.4]]))
    step = 1e-6 * np.eye(5)[:, None]
    right = [(model.predict(theta + s) - model.predict(theta - s))[0] / 2e-6 for s in step]
    assert model.slopes(theta)[0] == pytest.approx(np.array(right), rel=1e-5, abs=1e-9)
