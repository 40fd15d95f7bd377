"""Optimal sizes by IsoFLOP curves and by the envelope of training curves."""

from __future__ import annotations

import numpy as np
import pytest
from made_studies import ON_SIZE, curves, loss_of, optimal_params

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.study.scaling.envelope import envelope
from neural_trainer.study.scaling.isoflop import isoflop
from neural_trainer.study.scaling.points import Points


def test_optima_without_noise_are_those_of_the_law() -> None:
    found = isoflop(curves(noise=0))
    for optimum in found.optima:
        assert optimum.params.value == pytest.approx(optimal_params(optimum.compute), rel=0.2)
        assert optimum.tokens == pytest.approx(optimum.compute / 6 / optimum.params.value, rel=0.1)
        assert not optimum.edge
    assert found.params.exponent.value == pytest.approx(ON_SIZE, abs=0.02)
    assert found.params.exponent.value + found.tokens.exponent.value == pytest.approx(1, abs=0.01)


def test_the_noise_is_measured() -> None:
    measured = [isoflop(curves(seed, noise=0.003)).noise for seed in range(5)]
    assert np.median(measured) == pytest.approx(0.003, rel=0.5)
    assert isoflop(curves(noise=0)).noise < 0.001


def test_a_minimum_at_an_end_is_left_out() -> None:
    points = curves(noise=0)
    first = points.columns["compute"] < 1.5e18
    above = points.columns["params"] > optimal_params(points.columns["compute"]) * 1.3
    found = isoflop(points.where(~first | above))
    assert [optimum.edge for optimum in found.optima] == [True, *[False] * 7]
    assert found.optima[0].params.why == "at the end of its curve"
    assert found.params.count == 7


def test_too_few_minima_are_refused() -> None:
    points = curves(noise=0, low=1.5)
    with pytest.raises(NeuralTrainerError, match="0 of 8 budgets"):
        isoflop(points)


def test_of_equal_sizes_the_best_counts() -> None:
    points = curves(noise=0)
    double = {
        name: np.concatenate([values, values * (1.1 if name == "loss" else 1)])
        for name, values in points.columns.items()
    }
    again = isoflop(Points("twice", double))
    assert again.params.exponent.value == pytest.approx(isoflop(points).params.exponent.value)


def training_curves(noise: float = 0.0) -> Points:
    """Twelve sizes, each a curve of losses from 0.3 to 300 tokens for each parameter."""
    generator = np.random.default_rng(0)
    params = np.repeat(np.geomspace(3e7, 3e9, 12), 60)
    tokens = params * np.tile(np.geomspace(0.3, 300, 60), 12)
    loss = loss_of(params, tokens) * np.exp(generator.normal(0, noise, len(params)))
    columns = {"params": params, "tokens": tokens, "compute": 6 * params * tokens, "loss": loss}
    return Points("curves", columns)


def test_the_envelope_finds_the_exponents() -> None:
    found = envelope(training_curves())
    assert found.params.exponent.value == pytest.approx(ON_SIZE, abs=0.03)
    assert found.tokens.exponent.value == pytest.approx(1 - ON_SIZE, abs=0.03)
    sizes = [model.params for model in found.models]
    assert sizes == sorted(sizes)
    for model in found.models[1:-1]:
        assert model.params == pytest.approx(optimal_params(model.compute), rel=0.35)
        assert model.since < model.compute < model.until
        assert model.tokens == pytest.approx(model.compute / 6 / model.params)


def test_the_envelope_through_noise() -> None:
    found = envelope(training_curves(0.002))
    assert found.params.exponent.holds(ON_SIZE)


def test_an_envelope_of_few_curves_is_refused() -> None:
    points = training_curves()
    few = points.where(points.columns["params"] < 1e8)
    with pytest.raises(NeuralTrainerError, match="expected 5 at least"):
        envelope(few)
