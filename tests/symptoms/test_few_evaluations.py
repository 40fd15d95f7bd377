"""What a handful of rows says, as people paste them: held-out losses, rates of error, bounces."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sketch import made

from neural_trainer.runs.run import Run, Series
from neural_trainer.symptoms import (
    eval_above_guess_at_first,
    eval_below_guess,
    eval_best_at_first,
    eval_left_behind,
    look,
    loss_bounces,
    loss_periodic,
    never_right,
    reward_frozen,
    reward_never_moves,
)

FELL = [2.9, 1.7, 0.98, 0.67]
APART = {"loss": FELL, "eval/loss": [3.5, 3.6, 3.9, 3.75]}
SPEECH = {"loss": [45.0, 5.0, 3.1, 2.95, 2.93, 2.92], "eval/wer": [100.0] * 6}
LAST_OF_SORTED = {
    "loss": [1.6, 0.6, 0.3, 0.2, 0.15, 0.12],
    "accuracy": [0.5, 0.8, 0.9, 0.93, 0.95, 0.96],
    "eval/loss": [4.0, 5.0, 6.5, 7.0, 8.0, 9.0],
    "eval/accuracy": [0.0, 0.0, 0.001, 0.0, 0.0, 0.0],
}
NOT_GUESSED = {
    "loss": [1.81, 1.63, 0.95, 0.53, 0.2, 0.1],
    "eval/loss": Series(np.array([4.0, 6.0]), np.array([1.97, 2.07])),
}
RISES = {"loss": [0.69, 0.5, 0.3, 0.1], "eval/loss": [0.5, 0.55, 0.7, 0.9]}
BOUNCES = [15.2, 16.2, 18.4, 4.1, 12.7, 10.4, 1.6, 10.8, 8.4, 1.6, 8.5]
NO_REWARD = {"reward": [0.0] * 12}
BY_CHANCE = {"reward": [0.0, 0.01, 0.0] * 4, "eval/reward": [0.0] * 4}
TO_ITS_CEILING = [0.2, 0.5, 0.9, *[1.0] * 9]


def of(signals: dict[str, Any], **others: list[float]) -> Run:
    """Return the run of `signals`, some of them replaced; "__" in a name stands for a slash."""
    replaced = {name.replace("__", "/"): value for name, value in others.items()}
    return made(
        {
            name: value if isinstance(value, Series) else np.array(value, dtype=np.float64)
            for name, value in {**signals, **replaced}.items()
        }
    )


@pytest.mark.parametrize(
    ("symptom", "run"),
    [
        pytest.param(eval_left_behind, of(APART), id="four-evaluations"),
        pytest.param(never_right, of(SPEECH), id="blanks"),
        pytest.param(
            never_right, of({"loss": SPEECH["loss"]}, accuracy=[0.0] * 6), id="no-class-is-right"
        ),
        pytest.param(eval_below_guess, of(LAST_OF_SORTED), id="the-last-of-sorted-data"),
        pytest.param(eval_above_guess_at_first, of(NOT_GUESSED), id="not-guessed"),
        pytest.param(eval_best_at_first, of(RISES), id="better-than-a-guess-once"),
        pytest.param(loss_bounces, of({"loss": BOUNCES}), id="bounces"),
        pytest.param(reward_never_moves, of(NO_REWARD), id="no-reward"),
        pytest.param(reward_never_moves, of(BY_CHANCE), id="rewards-by-chance"),
    ],
)
def test_a_few_rows_that_show_it(symptom: ModuleType, run: Run) -> None:
    assert look(run).get(symptom.ID) is not None


@pytest.mark.parametrize(
    ("symptom", "run"),
    [
        pytest.param(
            eval_left_behind, of({"loss": FELL, "eval/loss": [3.5, 3.0, 2.6, 2.3]}), id="improves"
        ),
        pytest.param(
            eval_left_behind,
            of({"loss": FELL, "eval/loss": [8.7, 5.1, 2.94, 2.95]}),
            id="one-factor",
        ),
        pytest.param(
            eval_left_behind,
            of({"loss": [2.3, 0.1, 0.01, 0.002], "eval/loss": [1.0, 0.1, 0.05, 0.05]}),
            id="solved",
        ),
        pytest.param(never_right, of(SPEECH, loss=[45.0, 30, 20, 12, 8, 5]), id="still-falls"),
        pytest.param(never_right, of(SPEECH, eval__wer=[100, 100, 100, 99, 100, 100]), id="a-word"),
        pytest.param(
            never_right, of({"loss": [9e9, 3e9, 3e9, 3e9, 3e9]}, accuracy=[0.0] * 5), id="prices"
        ),
        pytest.param(
            never_right, of({"loss": [0.9, 0.3, 0.3, 0.3, 0.3]}, accuracy=[0.0] * 5), id="z-scores"
        ),
        pytest.param(eval_below_guess, of(LAST_OF_SORTED, eval__accuracy=[0.19] * 6), id="guessed"),
        pytest.param(
            eval_below_guess,
            of(LAST_OF_SORTED, loss=[9.0, 8, 7, 6, 5, 4.5], accuracy=[0.0, 0, 0, 0, 0, 1e-4]),
            id="words-that-are-not-learnt-yet",
        ),
        pytest.param(
            eval_above_guess_at_first,
            of(NOT_GUESSED, eval__accuracy=[0.45, 0.5]),
            id="right-more-often-than-guessed",
        ),
        pytest.param(
            eval_above_guess_at_first, of(NOT_GUESSED, loss=[1.81, 1.8, 1.79, 1.78]), id="not-yet"
        ),
        pytest.param(
            eval_best_at_first, of(RISES, eval__loss=[0.68, 0.7, 0.8, 0.9]), id="never-better"
        ),
        pytest.param(
            eval_best_at_first, of(RISES, loss=[0.69, 0.5, 0.6, 0.9]), id="training-rises-as-well"
        ),
        pytest.param(loss_bounces, of({"loss": BOUNCES * 6}), id="many-rows-of-single-examples"),
        pytest.param(loss_bounces, of({"loss": [81.0, 27, 9, 3, 1]}), id="falls-steeply"),
        pytest.param(loss_bounces, of({"reward": BOUNCES, "loss": BOUNCES}), id="of-a-policy"),
        pytest.param(reward_never_moves, of({"reward": [0.0] * 9}), id="too-early"),
        pytest.param(reward_never_moves, of({"reward": TO_ITS_CEILING}), id="at-its-ceiling"),
        pytest.param(
            reward_never_moves, of(BY_CHANCE, eval__reward=[0.0, 0.0, 0.1, 0.1]), id="evaluated"
        ),
        pytest.param(
            reward_never_moves,
            of(BY_CHANCE, reward=[0.0] * 7 + [0.3, 0.4, 0.5, 0.6, 0.7]),
            id="lifts-off",
        ),
    ],
)
def test_a_few_rows_that_do_not(symptom: ModuleType, run: Run) -> None:
    assert look(run).get(symptom.ID) is None


def test_a_row_that_is_more_than_a_batch_bounces_for_certain() -> None:
    of_batches = loss_bounces.find(of({"loss": BOUNCES}))
    of_epochs = loss_bounces.find(made({"loss": np.array(BOUNCES)}, axis="epoch"))
    assert of_batches is not None
    assert of_epochs is not None
    assert of_batches.strength < of_epochs.strength == 1.0


def test_a_training_loss_that_fell_a_hundredfold_leaves_no_doubt() -> None:
    fell = of({"loss": [2.9, 0.7, 0.1, 0.02], "eval/loss": APART["eval/loss"]})
    found, less = eval_left_behind.find(fell), eval_left_behind.find(of(APART))
    assert found is not None
    assert less is not None
    assert less.strength < found.strength == 1.0


def test_a_reward_at_its_best_may_be_at_its_ceiling() -> None:
    found = reward_frozen.find(of({"reward": TO_ITS_CEILING}))
    assert found is not None
    assert found.strength == 0.5


def wave(period: float, rows: int, size: float, seed: int, every: float = 10.0) -> Run:
    """Return a loss that falls, with a wave of `period` steps and noise of 0.03."""
    rng = np.random.default_rng(seed)
    step = every * np.arange(1.0, rows + 1)
    level = 1.5 + np.exp(-4 * step / step[-1]) + size * np.sin(2 * np.pi * step / period)
    return made({"loss": Series(step, level + 0.03 * rng.standard_normal(rows))})


@pytest.mark.parametrize("period", [28.0, 36.0, 65.0, 61.8])
def test_a_period_of_any_length_is_found(period: float) -> None:
    for seed in range(10):
        found = loss_periodic.find(wave(period, 36, 0.09, seed))
        assert found is not None
        assert found.numbers["period"] == pytest.approx(period, rel=0.1)


def test_noise_has_no_period() -> None:
    seen = [
        loss_periodic.find(wave(28.0, rows, 0.0, seed)) for rows in (26, 60) for seed in range(50)
    ]
    assert sum(found is not None for found in seen) <= 3
