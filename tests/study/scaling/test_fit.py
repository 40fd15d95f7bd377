"""Fits: known laws are found, scipy finds nothing lower, weights count as points do."""

from __future__ import annotations

import numpy as np
import pytest
from made_studies import TRUTH, loss_of, model_of, spread
from scipy.optimize import approx_fprime, minimize

from neural_trainer.study.scaling.bootstrap import CHUNK, bootstrap, draws
from neural_trainer.study.scaling.fit import fit, refit
from neural_trainer.study.scaling.huber import DELTA, huber, objective
from neural_trainer.study.scaling.laws import OVER_TRAINING, PARAMETRIC, power
from neural_trainer.study.scaling.model import SumOfPowers

LAWS = {
    "chinchilla": TRUTH,
    "steep_in_tokens": {"E": 2.1, "A": 210.0, "B": 5e6, "alpha": 0.29, "beta": 0.71},
    "shallow": {"E": 0.7, "A": 12.0, "B": 30.0, "alpha": 0.08, "beta": 0.12},
}


@pytest.mark.parametrize("truth", LAWS.values(), ids=LAWS)
def test_a_law_without_noise_is_found(truth: dict[str, float]) -> None:
    found = fit(model_of(spread(noise=0, truth=truth)))
    assert found.parameters == pytest.approx(truth, rel=2e-3)
    assert found.unmoved == ()


@pytest.mark.parametrize("seed", range(3))
def test_scipy_finds_nothing_lower(seed: int) -> None:
    model = model_of(spread(seed))
    ones = np.ones((1, model.loss.size))
    found = fit(model)
    assert found.agreeing >= 2

    def scaled(theta: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = objective(model, theta[None], ones)
        return value[0] / DELTA**2, slope[0] / DELTA**2

    generator = np.random.default_rng(seed)
    for _ in range(10):
        start = found.theta + generator.normal(0, [0.3, 1, 1, 0.05, 0.05])
        other = minimize(scaled, start, jac=True, method="BFGS").fun * DELTA**2
        assert found.objective <= other * (1 + 1e-6)


def test_the_gradient_is_that_of_differences() -> None:
    model = model_of(spread())
    ones = np.ones((1, model.loss.size))
    theta = PARAMETRIC.fitted(np.array(list(TRUTH.values()))) + 0.01
    slope = objective(model, theta[None], ones)[1][0]
    assert slope == pytest.approx(
        approx_fprime(theta, lambda at: objective(model, at[None], ones)[0][0], 1e-8), rel=1e-3
    )


def test_huber_is_that_of_scipy() -> None:
    from scipy.special import huber as of_scipy

    residual = np.linspace(-0.01, 0.01, 41)
    assert huber(residual, DELTA) == pytest.approx(of_scipy(DELTA, residual))


def test_a_weight_counts_as_so_many_points() -> None:
    points = spread(count=40)
    found = fit(model_of(points))
    weights = draws(np.arange(40.0), 1, 3)
    rows = np.repeat(np.arange(40), weights[0].astype(int))
    drawn = fit(SumOfPowers(PARAMETRIC, {k: v[rows] for k, v in points.columns.items()},
                            points.loss[rows]))  # fmt: skip
    refitted = refit(model_of(points), found, weights)[0]
    assert refitted == pytest.approx(drawn.theta, rel=1e-3)


def test_the_parts_of_a_bootstrap_do_not_matter() -> None:
    model = model_of(spread(count=40))
    found = fit(model)
    weights = draws(np.arange(40.0), CHUNK + 5, 0)
    alone = refit(model, found, weights[CHUNK:])
    assert bootstrap(model, found, weights, DELTA)[CHUNK:] == pytest.approx(alone, rel=1e-6)


def test_points_of_one_run_are_drawn_together() -> None:
    weights = draws(np.array([0.0, 0, 1, 1, 2, 2]), 50, 0)
    assert (weights[:, ::2] == weights[:, 1::2]).all()
    assert (weights.sum(axis=1) == 6).all()
    assert len(np.unique(weights, axis=0)) > 5


def test_one_exponent_for_both_terms_is_the_over_training_law() -> None:
    truth = {**TRUTH, "beta": 0.35}
    points = spread(noise=0, truth=truth)
    ratio = points.columns["tokens"] / points.columns["params"]
    model = SumOfPowers(OVER_TRAINING, {**points.columns, "multiplier": ratio}, points.loss)
    # N = sqrt(C / 6M), D = sqrt(C M / 6): A / N^alpha = A 6^(alpha / 2) (M / C)^(alpha / 2).
    each = 6 ** (0.35 / 2)
    right = {"E": 1.8, "a": 480 * each, "b": 2100 * each, "eta": 0.35 / 2}
    assert fit(model).parameters == pytest.approx(right, rel=2e-3)


@pytest.mark.parametrize("column", ["params", "tokens", "compute"])
def test_a_power_law_of_one_column_is_found(column: str) -> None:
    x = np.geomspace(1e6, 1e10, 20)
    found = fit(SumOfPowers(power(column), {column: x}, 1.7 + 400 * x**-0.34))
    assert found.parameters == pytest.approx({"E": 1.7, "A": 400, "alpha": 0.34}, rel=2e-3)
    pure = fit(SumOfPowers(power(column, offset=False), {column: x}, 9 * x**-0.076))
    assert pure.parameters == pytest.approx({"A": 9, "alpha": 0.076}, rel=1e-4)
    assert pure.objective < 1e-12


def test_a_law_predicts_what_it_was_made_of() -> None:
    points = spread(noise=0)
    theta = PARAMETRIC.fitted(np.array([list(TRUTH.values())]))
    predicted = PARAMETRIC.predict(theta, points.columns)[0]
    assert predicted == pytest.approx(loss_of(points.columns["params"], points.columns["tokens"]))
    assert PARAMETRIC.plain(theta)[0] == pytest.approx(list(TRUTH.values()))


def test_a_parameter_that_stays_at_its_start_is_named() -> None:
    from dataclasses import replace

    found = fit(model_of(spread()))
    stuck = replace(found, start=np.where(np.arange(5) == 1, found.theta, found.start))
    assert found.unmoved == ()
    assert stuck.unmoved == ("A",)
