"""The noise of a series: what numpy says of it, with and without a trend."""

from __future__ import annotations

import numpy as np
import pytest

from neural_trainer.runs.run import Array
from neural_trainer.signals.noise import deviation, scatter

N = 4000
# The estimate's own error at n = 4000 is under 3 %; three of them are allowed.
CLOSE = 0.08


def white(seed: int, n: int = N) -> Array:
    return np.random.default_rng(seed).standard_normal(n)


TRENDS = {
    "none": np.zeros(N),
    "line": np.linspace(0, 50, N),
    "power-law": 100 * np.arange(1, N + 1) ** -0.3,
    "step": np.where(np.arange(N) > N // 2, 30.0, 0.0),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("sd", [1e-6, 1.0, 1e6])
def test_white_noise(seed: int, sd: float) -> None:
    value = sd * white(seed)
    assert scatter(value) == pytest.approx(np.std(value), rel=CLOSE)
    assert deviation(value) == pytest.approx(np.std(value), rel=CLOSE)


@pytest.mark.parametrize("trend", TRENDS)
@pytest.mark.parametrize("seed", range(3))
def test_a_trend_is_no_noise(trend: str, seed: int) -> None:
    noise = white(seed)
    assert scatter(TRENDS[trend] + noise) == pytest.approx(np.std(noise), rel=CLOSE)


@pytest.mark.parametrize("seed", range(3))
def test_outliers_are_no_noise(seed: int) -> None:
    value = white(seed)
    clean = scatter(value)
    value[:: N // 40] += 1e6
    assert scatter(value) == pytest.approx(clean, rel=CLOSE)
    assert deviation(value) == pytest.approx(clean, rel=CLOSE)


def test_values_held_between_updates_have_noise_too() -> None:
    held = np.repeat(white(0, 500), 4)
    assert scatter(held) > 0.1
    assert scatter(np.repeat([1.0], 500)) == 0.0


@pytest.mark.parametrize("n", range(3))
def test_too_few_points_have_none(n: int) -> None:
    assert scatter(white(0, n)) == 0.0
    assert deviation(white(0, min(n, 1))) == 0.0
