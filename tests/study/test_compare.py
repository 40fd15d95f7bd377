"""Comparisons: the verdict against what was made, and what makes it inconclusive."""

from __future__ import annotations

import numpy as np
import pytest

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.run import Run, Series
from neural_trainer.study.compare import compare
from neural_trainer.study.comparison_text import to_dict, to_text


def made_run(name: str, end: float, seed: int = 0, n: int = 400, signal: str = "loss") -> Run:
    """A loss that falls from 3 towards `end`, with noise of 0.05."""
    step = np.arange(1.0, n + 1)
    noise = np.random.default_rng(seed).normal(0, 0.05, n)
    value = end + (3 - end) * np.exp(-step / 60) + noise
    return Run(name, name, "json-lines", {signal: Series(step, value)})


def test_lower_end_is_better_and_the_difference_is_right() -> None:
    comparison = compare(made_run("a", 2.0), made_run("b", 1.5, seed=1))
    assert comparison.verdict == "better"
    assert comparison.difference == pytest.approx(-0.5, abs=4 * comparison.error)
    # 40 points of noise 0.05 in the last tenth: each mean is known to 0.05 / sqrt(40) = 0.0079.
    # What memory the noise might have is allowed for, so that the error is a little larger.
    runs = [[made_run("a", 2, 2 * seed), made_run("b", 2, 2 * seed + 1)] for seed in range(40)]
    assert 0.0112 < np.mean([compare(*pair).error for pair in runs]) < 0.0145


def test_higher_reward_is_better() -> None:
    before, after = made_run("a", 1.5, signal="reward"), made_run("b", 2.5, 1, signal="reward")
    assert compare(before, after).verdict == "better"
    assert compare(after, before).verdict == "worse"


def test_same_end_with_other_noise_is_inconclusive() -> None:
    verdicts = [
        compare(made_run("a", 2.0, seed), made_run("b", 2.0, 100 + seed)).verdict
        for seed in range(40)
    ]
    assert verdicts.count("inconclusive") >= 38  # three errors: 0.3 % of 40 by chance


def test_held_out_loss_goes_before_training_loss() -> None:
    before, after = made_run("a", 2.0), made_run("b", 1.0, 1)
    held_out = made_run("c", 1.9, signal="eval/loss").signals["eval/loss"]
    worse = made_run("d", 2.5, 3, signal="eval/loss").signals["eval/loss"]
    first = Run("a", "a", "x", {**before.signals, "eval/loss": held_out})
    second = Run("b", "b", "x", {**after.signals, "eval/loss": worse})
    comparison = compare(first, second)
    assert (comparison.measure, comparison.verdict) == ("eval/loss", "worse")


def test_a_run_that_ends_in_nan_is_worse_than_any() -> None:
    good, lost = made_run("a", 2.0), made_run("b", 2.0, 1)
    lost.signals["loss"].value[300:] = np.nan
    assert compare(lost, good).verdict == "better"
    assert compare(good, lost).verdict == "worse"
    assert compare(lost, lost).verdict == "inconclusive"
    assert to_dict(compare(good, lost))["difference"] == "nan"


def test_runs_of_other_lengths_are_compared_at_the_shorter_end() -> None:
    comparison = compare(made_run("long", 1.0, n=2000), made_run("short", 1.0, 1, n=60))
    assert comparison.before.last_step == comparison.after.last_step == 60


def test_nothing_in_common_is_refused() -> None:
    with pytest.raises(NeuralTrainerError, match="no loss, reward or accuracy in common"):
        compare(made_run("a", 2.0), made_run("b", 2.0, signal="reward"))


def test_text_says_that_seeds_are_not_in_it() -> None:
    text = to_text(compare(made_run("a" * 80, 2.0), made_run("b\x1b[0m", 1.5, 1)))
    assert "BETTER" in text
    assert "seeds" in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80
