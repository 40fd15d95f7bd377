"""The course of a series: medians of blocks, smoothing, slopes, against numpy and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_trainer.runs.run import Array, Series
from neural_trainer.signals.course import blocks, head, slope, smooth, tail

quick = settings(max_examples=60, deadline=None, derandomize=True, database=None)
SIZES = st.integers(1, 700)


def made(n: int, seed: int = 0) -> Series:
    rng = np.random.default_rng(seed)
    return Series(np.cumsum(rng.integers(1, 4, n)).astype(np.float64), rng.standard_normal(n))


@quick
@given(SIZES, st.integers(1, 200))
def test_blocks_are_the_medians_of_equal_parts(n: int, count: int) -> None:
    series = made(n)
    found = blocks(series, count)
    if n <= count:
        assert found is series
        return
    size = math.ceil(n / count)
    starts = range(0, n, size)
    assert len(found) == len(starts) <= count
    parts = [series.value[start : start + size] for start in starts]
    np.testing.assert_array_equal(found.value, [np.median(part) for part in parts])
    steps = [series.step[start : start + size] for start in starts]
    for step, part in zip(found.step, steps, strict=True):
        assert part[0] <= step <= part[-1]
    assert (np.diff(found.step) > 0).all()


@quick
@given(SIZES, st.integers(0, 60))
def test_smooth_is_the_running_median(n: int, window: int) -> None:
    value, half = made(n).value, window // 2
    expected = value
    if half and n >= 3:
        expected = np.array([np.median(value[max(0, i - half) : i + half + 1]) for i in range(n)])
    np.testing.assert_array_equal(smooth(value, window), expected)


@quick
@given(SIZES, st.floats(0.01, 1))
def test_head_and_tail(n: int, share: float) -> None:
    value = np.arange(float(n))
    count = min(n, max(3, round(share * n)))
    assert head(value, share).tolist() == value[:count].tolist()
    assert tail(value, share).tolist() == value[n - count :].tolist()


def ar1(seed: int, n: int, rho: float) -> Array:
    """Return autocorrelated noise: each value remembers the share `rho` of the one before."""
    shocks = np.random.default_rng(seed).standard_normal(n + 100)
    value = np.zeros(n + 100)
    for i in range(1, n + 100):
        value[i] = rho * value[i - 1] + shocks[i]
    return value[100:]


@pytest.mark.parametrize("seed", range(5))
def test_the_slope_is_that_of_scipy(seed: int) -> None:
    from scipy.stats import linregress

    x = np.sort(np.random.default_rng(seed).uniform(0, 100, 300))
    value = 3 - 0.2 * x + ar1(seed, 300, 0)
    fit, oracle = slope(x, value), linregress(x, value)
    assert fit.slope == pytest.approx(oracle.slope, rel=1e-9)
    # On white noise the allowance for autocorrelation costs little.
    assert fit.error == pytest.approx(oracle.stderr, rel=0.3)
    assert fit.z == pytest.approx(fit.slope / fit.error)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.5])
def test_noise_is_seldom_taken_for_a_trend(rho: float) -> None:
    x = np.arange(200.0)
    z = [slope(x, ar1(seed, 200, rho)).z for seed in range(200)]
    assert np.mean(np.abs(z) > 3) <= 0.05


def test_autocorrelation_widens_the_error() -> None:
    from scipy.stats import linregress

    x, value = np.arange(400.0), ar1(0, 400, 0.8)
    assert slope(x, value).error > 1.5 * linregress(x, value).stderr


@pytest.mark.parametrize(
    ("x", "value"),
    [
        pytest.param([1, 2, 3], [3, 2, 1], id="three-points"),
        pytest.param([2, 2, 2, 2], [4, 3, 2, 1], id="one-place"),
        pytest.param([1, 2, 3, 4], [5, 5, 5, 5], id="constant"),
    ],
)
def test_where_there_is_no_slope(x: list[float], value: list[float]) -> None:
    fit = slope(np.array(x, dtype=np.float64), np.array(value, dtype=np.float64))
    assert fit.slope == 0
    assert fit.z == 0
    assert not math.isnan(fit.error)
