"""Fewer points of a series: its ends and extremes stay, whatever it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_trainer.runs.run import Series
from neural_trainer.signals.reduce import envelope

VALUES = st.one_of(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=300),
    st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=300),  # equal extremes
)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(VALUES, st.integers(2, 100))
def test_ends_and_extremes_stay(value: list[float], count: int) -> None:
    step = np.arange(1.0, len(value) + 1)
    series = Series(step, np.array(value), time=10 * step)
    found = envelope(series, count)
    if len(value) <= count:
        assert found is series
        return
    assert found.value.min() == series.value.min()
    assert found.value.max() == series.value.max()
    assert (found.step[0], found.step[-1]) == (series.step[0], series.step[-1])
    assert (np.diff(found.step) > 0).all()
    # Every point kept is one of the series, its time with it.
    index = found.step.astype(int) - 1
    np.testing.assert_array_equal(found.value, series.value[index])
    assert found.time is not None
    np.testing.assert_array_equal(found.time, 10 * found.step)


@pytest.mark.parametrize("seed", range(3))
def test_every_spike_stays_and_few_points_do(seed: int) -> None:
    rng = np.random.default_rng(seed)
    value = rng.standard_normal(100_000)
    spikes = rng.choice(len(value), 40, replace=False)
    value[spikes] = 50 + rng.standard_normal(40)
    found = envelope(Series(np.arange(1.0, len(value) + 1), value), 2000)
    assert len(found) <= 2002
    buckets = len({spike // 100 for spike in spikes})
    assert (found.value > 40).sum() >= buckets


def test_without_a_clock_there_is_none() -> None:
    step = np.arange(1.0, 101)
    assert envelope(Series(step, np.sin(step)), 10).time is None
