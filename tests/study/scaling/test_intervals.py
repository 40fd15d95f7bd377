"""Intervals: they cover what is known as often as they say, and open ends stay open."""

from __future__ import annotations

import numpy as np
import pytest
from made_studies import ON_SIZE, TRUTH, curves, model_of, optimal_params, spread
from scipy.stats import linregress

from neural_trainer.study.scaling.bootstrap import bootstrap, draws
from neural_trainer.study.scaling.fit import fit
from neural_trainer.study.scaling.huber import DELTA
from neural_trainer.study.scaling.identified import estimates
from neural_trainer.study.scaling.intervals import percentiles
from neural_trainer.study.scaling.isoflop import isoflop
from neural_trainer.study.scaling.power_line import power_line


def estimated(seed: int, samples: int, count: int = 40):
    """Return the estimates of one made study."""
    model = model_of(spread(seed, count))
    found = fit(model)
    weights = draws(np.arange(float(count)), samples, seed)
    drawn = bootstrap(model, found, weights, DELTA)
    return estimates(found, drawn, model.columns, model.loss)


def test_intervals_hold_the_truth() -> None:
    held = [estimated(seed, 100)[name].holds(TRUTH[name]) for seed in range(8) for name in TRUTH]
    assert np.mean(held) >= 0.85


@pytest.mark.slow
def test_bootstrap_covers() -> None:
    held = np.array(
        [[found[name].holds(TRUTH[name]) for name in TRUTH]
         for found in (estimated(seed, 200) for seed in range(150))]
    )  # fmt: skip
    # 95 % of 150 has a standard error of 1.8 %; with delta far below the noise the fit is nearly
    # one of least absolute residuals, whose bootstrap is somewhat wide.
    assert (held.mean(axis=0) >= 0.91).all()
    assert held.mean() <= 0.995


def test_the_line_is_that_of_scipy_and_covers() -> None:
    generator = np.random.default_rng(0)
    x = np.geomspace(1e18, 1e21, 6)
    held, lines = [], []
    for _ in range(1000):
        y = 0.1 * x**0.5 * np.exp(generator.normal(0, 0.1, 6))
        line = power_line(x, y)
        held.append(line.exponent.holds(0.5) and line.exponent.identified)
        lines.append(line.at(1e22).holds(0.1 * 1e11))
    right = linregress(np.log(x), np.log(y))
    assert line.exponent.value == pytest.approx(right.slope)
    half = line.exponent.high - line.exponent.value
    assert half == pytest.approx(2.776445 * right.stderr)  # t of 4 degrees of freedom
    assert line.coefficient.value == pytest.approx(np.exp(right.intercept))
    assert 0.93 <= np.mean(held) <= 0.97
    assert 0.93 <= np.mean(lines) <= 0.97


def test_intervals_of_the_isoflop_exponent_cover() -> None:
    lines = [isoflop(curves(seed)).params for seed in range(80)]
    right = optimal_params(1e20)
    # 95 % of 80 has a standard error of 2.4 %.
    assert np.mean([line.exponent.holds(ON_SIZE) for line in lines]) >= 0.9
    assert np.mean([line.at(1e20).holds(right) for line in lines]) >= 0.87
    # They are no wider than that: 1.96 deviations are half of one.
    deviation = np.std([line.exponent.value for line in lines])
    half = np.mean([line.exponent.high - line.exponent.value for line in lines])
    assert half < 3.5 * deviation


def test_percentiles_are_samples() -> None:
    samples = np.arange(1000.0)
    assert percentiles(samples) == (24.0, 975.0)
    assert percentiles(np.concatenate([samples, [np.inf] * 100]))[1] == np.inf
    assert percentiles(np.concatenate([samples, [np.inf] * 2]))[1] < 1000
    assert percentiles(np.concatenate([[-np.inf] * 100, samples]))[0] == -np.inf
