"""Spikes: planted ones are found where they are, noise and courses are not taken for one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_trainer.runs.run import Array
from neural_trainer.signals.spikes import MOST, NEIGHBOURS, spikes

SIGMAS = 8.0


def noise(seed: int, n: int = 1000) -> Array:
    return np.random.default_rng(seed).standard_normal(n)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("length", [1, 2, 20])
def test_a_planted_spike(seed: int, length: int) -> None:
    value = noise(seed)
    value[500 : 500 + length] += 30.0
    top = spikes(value, SIGMAS)[0]
    assert (top.start, top.stop) == (500, 499 + length)
    assert 500 <= top.peak <= top.stop
    assert top.height == pytest.approx(30, abs=4)
    assert top.level == pytest.approx(0, abs=1.5)
    assert 0.2 < top.noise < 3


def test_the_highest_comes_first() -> None:
    value = noise(0)
    value[[200, 500, 800]] += [20, 60, 40]
    assert [spike.start for spike in spikes(value, SIGMAS)] == [500, 800, 200]


def test_a_rise_that_stays_lasts_to_the_end() -> None:
    value = noise(0)
    value[700:] += 40
    (top, *_) = spikes(value, SIGMAS)
    assert (top.start, top.stop) == (700, 999)


def test_there_are_never_more_than_asked_for() -> None:
    value = noise(0, 20_000)
    value[100::50] += 100
    assert len(spikes(value, SIGMAS)) == MOST


SILENT = {
    "constant": np.ones(500),
    "short": np.array([0.0] * (2 * NEIGHBOURS - 2) + [99.0]),
    "falling": np.linspace(9, 0, 500) + 0.01 * noise(1, 500),
    "drop": np.where(np.arange(500) > 250, 0, 50) + noise(2, 500),
    "staircase-down": -np.floor(np.arange(500) / 50) + 0.01 * noise(3, 500),
}


@pytest.mark.parametrize("name", SILENT)
def test_no_spike(name: str) -> None:
    assert spikes(SILENT[name], SIGMAS) == []


def test_white_noise_seldom_has_one() -> None:
    # The deviation of ten points is small by chance now and then.
    assert sum(len(spikes(noise(seed), SIGMAS)) for seed in range(20)) <= 2


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), max_size=80))
def test_any_series(value: list[float]) -> None:
    found = spikes(np.array(value, dtype=np.float64), 3.0)
    assert [s.height for s in found] == sorted((s.height for s in found), reverse=True)
    taken: set[int] = set()
    for spike in found:
        assert 3 <= spike.start <= spike.peak <= spike.stop < len(value)
        assert spike.height > 0
        assert value[spike.peak] == max(value[spike.start : spike.stop + 1])
        assert not taken & set(range(spike.start, spike.stop + 1))
        taken |= set(range(spike.start, spike.stop + 1))
