"""Power, held to published tables, to statsmodels and to simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special
from scipy.stats import t
from statsmodels.stats.power import TTestIndPower, TTestPower

from neural_trainer.study.power import (
    detectable,
    detectable_margin,
    equivalence_power,
    power,
    runs_needed,
)

# Cohen 1988, table 2.3.5 and 2.4.1: runs a side for d with power 0.8, two-sided 0.05.
COHEN = {0.2: 393, 0.5: 64, 0.8: 26, 1.0: 17}


@pytest.mark.parametrize(("effect", "runs"), COHEN.items())
def test_runs_of_two_groups_are_cohens(effect: float, runs: int) -> None:
    assert runs_needed(lambda n: power(effect, 1.0, n, paired=False), 0.8) in (runs, runs + 1)


@pytest.mark.parametrize("n", [3, 6, 20])
def test_smallest_effect_is_found_with_the_power_asked_for(n: int) -> None:
    for paired in (True, False):
        effect = detectable(2.0, n, paired=paired, wanted=0.9)
        assert power(effect, 2.0, n, paired=paired) == pytest.approx(0.9, abs=0.001)
        margin = detectable_margin(2.0, n, paired=paired, wanted=0.9)
        assert equivalence_power(margin, 2.0, n, paired=paired) == pytest.approx(0.9, abs=0.002)


def test_without_an_effect_power_is_the_errors_allowed() -> None:
    assert power(0.0, 1.0, 8, paired=True) == pytest.approx(0.05)
    assert power(0.0, 1.0, 8, paired=False) == pytest.approx(0.05, abs=0.006)  # Welch's own


def test_no_number_of_runs_finds_what_is_nearly_nothing() -> None:
    assert runs_needed(lambda n: power(1e-4, 1.0, n, paired=True), 0.8) is None


def test_one_run_finds_nothing() -> None:
    assert power(9.0, 1.0, 1, paired=True) == 0
    assert detectable(1.0, 1, paired=True) == np.inf


@pytest.mark.parametrize("paired", [True, False], ids=["pairs", "groups"])
def test_a_huge_effect_is_certain(paired: bool) -> None:
    for n in (2, 5, 100):
        assert power(1e6, 1.0, n, paired=paired) == pytest.approx(1.0)


@pytest.mark.parametrize("n", [2, 3, 6, 20, 100, 1000])
def test_power_of_pairs_is_the_normal_tail_over_the_scatter_found(n: int) -> None:
    """Where the noncentral t itself turns to NaN, too: 6 pairs at 10 errors, 1,000 at 20."""
    share = (np.arange(4000) + 0.5) / 4000
    found = np.sqrt(special.chdtri(n - 1, share) / (n - 1))
    for level in (0.9, 0.95, 0.99):
        half = special.stdtrit(n - 1, (1 + level) / 2) * found
        for errors in (0.01, 0.5, 2.0, 4.99, 5.0, 10.0, 20.0, 33.0, 60.0):
            wanted = np.mean(special.ndtr(errors - half) + special.ndtr(-errors - half))
            met = power(errors / np.sqrt(n), 1.0, n, paired=True, level=level)
            assert met == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("n", [4, 12])
def test_equivalence_is_shown_as_often_as_promised(n: int) -> None:
    margin = 1.2 if n == 12 else 3.0
    generator = np.random.default_rng(n)
    difference = generator.normal(0, 1, (20_000, n))
    half = t.ppf(0.975, n - 1) * difference.std(axis=1, ddof=1) / np.sqrt(n)
    shown = np.mean(np.abs(difference.mean(axis=1)) + half <= margin)
    assert equivalence_power(margin, 1.0, n, paired=True) == pytest.approx(shown, abs=0.012)


def test_statsmodels_says_the_same() -> None:
    for n in (3, 8, 30):
        for effect in (0.3, 0.8, 1.2):
            wanted = TTestPower().power(effect, n, 0.05)
            assert power(effect, 1.0, n, paired=True) == pytest.approx(wanted, abs=1e-6)
    many = TTestIndPower().power(0.4, 60, 0.05)
    assert power(0.4, 1.0, 60, paired=False) == pytest.approx(many, abs=1e-6)
