"""Repeated data: what tokens seen again are worth, and the law fitted with it."""

from __future__ import annotations

import numpy as np
import pytest

from neural_trainer.study.scaling.bootstrap import bootstrap, draws
from neural_trainer.study.scaling.fit import fit
from neural_trainer.study.scaling.huber import DELTA
from neural_trainer.study.scaling.identified import estimates
from neural_trainer.study.scaling.law_losses import effective_tokens
from neural_trainer.study.scaling.repeated import REPEATED, RepeatedData

# Muennighoff 2023's own: R_D 15.39, R_N 5.31, alpha = beta = 0.353.
TRUTH = {"E": 1.87, "A": 521.0, "B": 1488.0, "R_D": 15.39, "R_N": 5.31,
         "alpha": 0.353, "beta": 0.353}  # fmt: skip
THETA = REPEATED.fitted(np.array([list(TRUTH.values())]))


def study(epochs: tuple[float, ...], noise: float = 0.003) -> RepeatedData:
    """Six sizes, three amounts of unique tokens, each for so many epochs."""
    axes = np.meshgrid(np.geomspace(1e7, 3e9, 6), [1e8, 1e9, 1e10], epochs)
    params, unique, often = (axis.ravel() for axis in axes)
    columns = {"params": params, "unique": unique, "tokens": unique * often}
    exact = RepeatedData(columns, np.ones(params.size)).predict(THETA)[0]
    generator = np.random.default_rng(0)
    return RepeatedData(columns, np.exp(exact + generator.normal(0, noise, params.size)))


def test_slopes_are_those_of_differences() -> None:
    model = study((0.5, 3, 40))
    theta = np.concatenate([THETA, THETA + 0.1])
    step = 1e-5 * np.eye(7)[:, None]
    right = [(model.predict(theta + s) - model.predict(theta - s)) / 2e-5 for s in step]
    assert model.slopes(theta) == pytest.approx(np.stack(right, axis=1), rel=1e-4, abs=1e-7)


def test_fresh_data_give_the_law_of_hoffmann() -> None:
    model = study((0.5, 1.0))
    needed = model.columns["params"] < 1e8  # no excess of parameters for the larger data
    large = needed & (model.columns["unique"] == 1e10)
    e, a, b, _, _, alpha, beta = TRUTH.values()
    n, d = model.columns["params"][large], model.columns["tokens"][large]
    right = e + a / n**alpha + b / d**beta
    assert large.sum() >= 4
    assert np.exp(model.predict(THETA)[0][large]) == pytest.approx(right)


def test_the_law_is_found() -> None:
    model = study((0.5, 1, 4, 16, 50))
    found = fit(model)
    samples = bootstrap(model, found, draws(np.arange(float(model.loss.size)), 100, 0), DELTA)
    known = estimates(found, samples, model.columns, model.loss)
    assert found.parameters["R_D"] == pytest.approx(15.39, rel=0.15)
    assert found.parameters["R_N"] == pytest.approx(5.31, rel=0.25)
    assert all(estimate.identified for estimate in known.values())


def test_without_repetition_nothing_is_said_of_it() -> None:
    model = study((0.2, 0.5, 1.0))
    assert "R_D" in fit(model).unmoved


def test_what_repeated_tokens_are_worth() -> None:
    tokens = np.array([0.5, 1, 2, 5, 1e4]) * 1e9
    worth = effective_tokens(tokens, 1e9, 15.39)
    assert worth[:2] == pytest.approx(tokens[:2])
    assert (worth <= tokens).all()
    assert worth[2] == pytest.approx(2e9, rel=0.04)  # the second epoch is nearly as good as new
    assert worth[4] == pytest.approx(1e9 * (1 + 15.39))  # and no number of them is worth more
