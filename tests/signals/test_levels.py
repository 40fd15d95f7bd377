"""Levels by column agree with numpy's, one column after the other."""

from __future__ import annotations

import doctest
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_trainer.signals import levels
from neural_trainer.signals.levels import decades, deviation, median, over_time, quantile, share
from neural_trainer.signals.noise import deviation as deviation_of_one
from neural_trainer.symptoms import matrices

TABLES = st.builds(
    lambda seed, n, m, missing: np.where(
        np.random.default_rng(seed + 1).random((n, m)) < missing,
        np.nan,
        10 ** np.random.default_rng(seed).uniform(-9, 9, (n, m)),
    ),
    st.integers(0, 999), st.integers(1, 60), st.integers(1, 5), st.sampled_from([0.0, 0.3, 0.95]),
)  # fmt: skip
some = settings(max_examples=100, deadline=None, derandomize=True, database=None)


@some
@given(TABLES, st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]))
def test_quantile(table: np.ndarray, at: float) -> None:
    for column, found in zip(table.T, quantile(table, at), strict=True):
        known = column[~np.isnan(column)]
        if len(known) == 0:
            assert np.isnan(found)
        else:
            below, above = (
                np.quantile(known, at, method="lower"),
                np.quantile(known, at, method="higher"),
            )
            assert found in (below, above)


@some
@given(TABLES)
def test_median_and_deviation(table: np.ndarray) -> None:
    odd = table[: len(table) - 1 + len(table) % 2]  # the median of an even number lies between two
    for column, middle, spread in zip(odd.T, median(odd), deviation(odd), strict=True):
        known = column[~np.isnan(column)]
        if len(known) % 2:
            assert middle == np.median(known)
            assert spread == pytest.approx(deviation_of_one(known))


@pytest.mark.parametrize("num_each", [1, 4, 37])
def test_over_time_cuts_into_equal_stretches(num_each: int) -> None:
    level = np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], num_each)
    table = np.stack([level, -level, np.full_like(level, np.nan)], axis=1)
    stretches = over_time(table, 5)
    assert stretches[:, 0].tolist() == [1, 2, 3, 4, 5]
    assert stretches[:, 1].tolist() == [-1, -2, -3, -4, -5]
    assert np.isnan(stretches[:, 2]).all()


def test_over_time_of_fewer_rows_than_stretches_leaves_some_empty() -> None:
    stretches = over_time(np.array([[1.0], [2.0]]), 5)[:, 0]
    assert stretches[~np.isnan(stretches)].tolist() == [1, 2]


@pytest.mark.parametrize("module", [levels, matrices])
def test_examples(module: ModuleType) -> None:
    results = doctest.testmod(module, extraglobs={"np": np})
    assert results.attempted
    assert not results.failed


def test_share_counts_what_is_known() -> None:
    holds = np.array([[True, True, False], [True, False, False], [False, True, False]])
    known = np.array([[True, True, False], [True, False, False], [True, True, False]])
    assert share(holds, known) == pytest.approx([2 / 3, 1.0, np.nan], nan_ok=True)


def test_decades_of_what_has_none_is_nan() -> None:
    odd = np.array([[0.0, -1.0, np.nan, np.inf, 1e-30, 100.0]], np.float32)
    assert decades(odd)[0] == pytest.approx([np.nan] * 4 + [-30, 2], nan_ok=True)


def test_nothing_has_no_level() -> None:
    assert np.isnan(median(np.empty((0, 3)))).all()
