"""One curve in numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from neural_trainer.runs.run import Series
from neural_trainer.signals.summary import summarise


def falling(seed: int = 0) -> Series:
    step = np.arange(1.0, 1001)
    return Series(step, 5 - step / 250 + 0.1 * np.random.default_rng(seed).standard_normal(1000))


def test_a_falling_curve() -> None:
    series = falling()
    found = summarise(series, "lower")
    assert found.points == 1000
    assert (found.first_step, found.last_step) == (1, 1000)
    assert found.first == pytest.approx(4.9, abs=0.1)
    assert found.last == pytest.approx(1.1, abs=0.1)
    assert found.best == series.value.min()
    assert found.best_step == series.step[np.argmin(series.value)]
    assert found.scatter == pytest.approx(0.1, rel=0.1)
    assert found.trend_z < -10
    assert found.nonfinite == 0


def test_what_is_best_goes_by_the_direction() -> None:
    assert summarise(falling(), "higher").best == falling().value.max()
    assert math.isnan(summarise(falling(), None).best)


def test_what_is_not_finite_is_counted_and_left_out() -> None:
    series = falling()
    value = series.value.copy()
    value[[10, 20, 30]] = [np.nan, np.inf, -np.inf]
    found = summarise(Series(series.step, value), "lower")
    assert (found.points, found.nonfinite) == (1000, 3)
    assert found.best == series.value.min()


def test_noise_alone_has_no_trend() -> None:
    noise = [np.random.default_rng(seed).standard_normal(600) for seed in range(40)]
    step = np.arange(600.0)
    strong = [v for v in noise if abs(summarise(Series(step, v), None).trend_z) > 3]
    assert len(strong) <= 3


def test_nothing_but_nan() -> None:
    found = summarise(Series(np.array([1.0, 2.0]), np.array([np.nan, np.nan])), "lower")
    assert found.nonfinite == 2
    assert math.isnan(found.first)
    assert math.isnan(found.best)
    assert found.trend_z == 0
