"""The relations between numbers say what is in the run, and nothing that is not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made_faulty import FAULTY
from made_healthy import HEALTHY

from neural_trainer.diagnosis.relations import relations
from neural_trainer.runs.run import Array, Run, Series

STEP = np.arange(1.0, 201)


def told(of: str = "", **signals: Array) -> str:
    run = Run("made", "made", "made", {
        name.replace("__", "/"): Series(STEP[: len(value)], value)
        for name, value in signals.items()
    })  # fmt: skip
    return "\n".join(line for line in relations(run) if line.startswith(of))


@pytest.mark.parametrize("make", {**HEALTHY, **FAULTY}.values(), ids={**HEALTHY, **FAULTY})
def test_any_run_has_some_and_short_ones(make: object) -> None:
    assert callable(make)
    lines = relations(make(0))
    assert lines
    assert max(map(len, lines)) <= 1000


def test_an_empty_run_has_none() -> None:
    assert relations(Run("empty", "empty", "made", {})) == ()


def test_a_first_loss_is_compared_with_a_guess_and_its_floor() -> None:
    falling = np.linspace(math.log(10), 1.5, 200)
    line = told("loss first", loss=falling)
    assert "a guess among 10 costs 2.303" in line
    assert "applied twice over 10 is 1.461" in line
    assert "guess" not in told("loss first", loss=np.linspace(math.log(10) + 0.2, 1.5, 200))


def test_held_out_is_put_beside_training_at_its_steps() -> None:
    loss = np.linspace(1, 0.5, 200)
    line = told("eval/loss over", loss=loss, eval__loss=3 * loss)
    assert "by thirds 3 3 3" in line
    assert "least at step 200 of 200" in line


def test_what_is_not_logged_is_said() -> None:
    loss = np.linspace(1, 0.5, 200)
    assert told("not logged", loss=loss, lr=loss) == "not logged: eval/loss, grad_norm, param_norm"


def test_movement_is_put_beside_what_plain_gradient_descent_would_do() -> None:
    ones = np.ones(200)
    line = told("param_norm from", param_norm=10 + 0.02 * STEP, lr=0.1 * ones, grad_norm=ones)
    assert "over lr x grad_norm x steps 0.2" in line


def test_leaps_come_in_their_order() -> None:
    random = np.random.default_rng(0)
    loss, norm = (1 + 0.01 * random.standard_normal(200) for _ in range(2))
    norm[119:] += 5
    loss[120:] += 5
    line = told("largest leaps", loss=loss, grad_norm=norm)
    assert 0 < line.index("grad_norm") < line.index("loss")
    assert "at 120" in line
    assert "at 121" in line
    assert told("largest leaps", loss=1 + 0.01 * random.standard_normal(200)) == ""


def test_what_is_not_finite_comes_with_what_was_before() -> None:
    loss = np.linspace(2, 1, 200)
    loss[150:] = np.nan
    line = told("not finite", loss=loss)
    assert "loss at 151 (50 of 200 points; before it 1.261, 1.256, 1.251)" in line


def test_a_schedule_is_told_by_its_phases_and_what_follows_it() -> None:
    lr = np.minimum(STEP / 20, 1) * np.where(STEP < 100, 1.0, 0.1)
    random = np.random.default_rng(0)
    loss = 1 + lr * random.standard_normal(200)
    assert "rises 0.05 to 1" in told("lr", lr=lr)
    assert "falls 1 to 0.1" in told("lr", lr=lr)
    assert "noise of loss +0." in told("rank correlation", lr=lr, loss=loss)
    assert told("lr", lr=np.full(200, 0.3)) == "lr 0.3 throughout"


def test_a_period_is_found() -> None:
    random = np.random.default_rng(0)
    wave = np.sin(2 * np.pi * STEP / 25) + 0.1 * random.standard_normal(200)
    assert "strongest period 25 steps" in told("loss beside", loss=3 + wave)
