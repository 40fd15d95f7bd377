"""Intervals and p-values, held to scipy, statsmodels and rliable."""

from __future__ import annotations

import importlib.util
import sys
import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats import multitest, weightstats

from neural_trainer.study.estimates import holm, of_groups, of_pairs
from neural_trainer.study.interquartile import interquartile_mean, of_returns

SIZES = {"three": (3, 3), "uneven": (3, 12), "twenty": (20, 25), "hundred": (100, 80)}


def drawn(n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(n + m)
    return generator.normal(2, 1, n), generator.normal(2.5, 3, m)


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize(("n", "m"), SIZES.values(), ids=SIZES)
def test_groups_are_welchs(n: int, m: int, level: float) -> None:
    before, after = drawn(n, m)
    found = of_groups(before, after, level)
    wanted = stats.ttest_ind(after, before, equal_var=False)
    low, high = wanted.confidence_interval(level)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert (found.p, found.degrees) == pytest.approx((wanted.pvalue, wanted.df))


@pytest.mark.parametrize("n", [2, 3, 19, 20, 50])
def test_pairs_are_students(n: int) -> None:
    before, after = drawn(n, n)
    found = of_pairs(after - before)
    wanted = stats.ttest_rel(after, before)
    low, high = wanted.confidence_interval(0.95)
    assert (found.low, found.high, found.p) == pytest.approx((low, high, wanted.pvalue))


def test_one_pair_and_one_run_each_tell_nothing() -> None:
    for found in (of_pairs(np.array([1.0])), of_groups(np.array([1.0]), np.array([2.0]))):
        assert (found.low, found.high, found.p) == (-np.inf, np.inf, 1.0)
        assert (found.difference, found.method) == (1.0, "none")


def test_no_scatter_at_all() -> None:
    same, apart = of_pairs(np.zeros(3)), of_pairs(np.ones(3))
    assert (same.low, same.high, same.p) == (0, 0, 1)
    assert (apart.low, apart.high, apart.p) == (1, 1, 0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_is_never_below_the_p_it_corrects_nor_above_bonferronis(p: list[float]) -> None:
    corrected = holm(p)
    for one, other in zip(p, corrected, strict=True):
        assert one <= other <= min(1, len(p) * one)
    order = np.argsort(p, kind="stable")
    assert (np.diff(np.array(corrected)[order]) >= 0).all()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_interquartile_mean_is_scipys_trimmed_mean(score: list[float]) -> None:
    wanted = stats.trim_mean(score, 0.25)
    assert float(interquartile_mean(np.array(score))) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("n", [4, 8, 13])
def test_returns_of_few_runs_are_no_narrower_than_yuens(n: int) -> None:
    before, after = drawn(n, n)
    found = of_returns([before], [after])
    wanted = stats.ttest_ind(after, before, equal_var=False, trim=0.25)
    assert found.p >= wanted.pvalue - 1e-12
    half = stats.t.ppf(0.975, wanted.df) * abs(found.difference / wanted.statistic)
    assert found.high >= found.difference + half - 1e-9
    assert found.low <= found.difference - half + 1e-9


def test_returns_of_many_runs_are_the_bootstraps() -> None:
    before, after = drawn(40, 40)
    found = of_returns([before], [after])

    def statistic(one: np.ndarray, two: np.ndarray, axis: int = -1) -> np.ndarray:
        return stats.trim_mean(two, 0.25, axis=axis) - stats.trim_mean(one, 0.25, axis=axis)

    wanted = stats.bootstrap(
        (before, after), statistic, method="percentile", n_resamples=4000, vectorized=True,
        rng=np.random.default_rng(5),
    ).confidence_interval  # fmt: skip
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=0.08)


def test_tasks_are_resampled_each_by_itself() -> None:
    """Runs of a task are alike and tasks far apart: what differs between tasks is no noise."""
    generator = np.random.default_rng(0)
    tasks = [task + generator.normal(0, 0.01, 5) for task in (0.0, 1.0, 2.0)]
    found = of_returns(tasks, [task + 0.1 for task in tasks])
    assert found.difference == pytest.approx(0.1)
    assert found.high - found.low < 0.06


def test_statsmodels_says_the_same() -> None:
    before, after = drawn(6, 9)
    wanted = weightstats.CompareMeans.from_data(after, before)
    found = of_groups(before, after)
    low, high = wanted.tconfint_diff(usevar="unequal")
    assert (found.low, found.high) == pytest.approx((low, high))
    p = [0.001, 0.02, 0.04, 0.3, 0.011]
    assert holm(p) == pytest.approx(list(multitest.multipletests(p, method="holm")[1]))


def test_rliable_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    # Of arch rliable needs the bootstrap alone; arch itself imports models which the release that
    # rliable asks for cannot define beside pandas 3.
    there = importlib.util.find_spec("arch")
    assert there is not None
    arch = types.ModuleType("arch")
    arch.__path__ = list(there.submodule_search_locations or ())
    monkeypatch.setitem(sys.modules, "arch", arch)
    from rliable import library, metrics

    score = np.random.default_rng(2).normal([0, 1, 2], 1, (10, 3))  # runs x tasks
    assert float(interquartile_mean(score.ravel())) == pytest.approx(metrics.aggregate_iqm(score))
    _, interval = library.get_interval_estimates(
        {"a": score}, lambda x: np.array([metrics.aggregate_iqm(x)]), reps=4000
    )
    # Against runs that all score 0, the difference is the mean itself.
    found = of_returns([np.zeros(10)] * 3, list(score.T))
    assert (found.low, found.high) == pytest.approx(tuple(interval["a"].ravel()), abs=0.05)
