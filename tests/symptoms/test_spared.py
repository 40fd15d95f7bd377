"""What has the look of one symptom and is something else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from made_layered import encoder_cut_off, layers_explode
from sketch import made, sketch

from neural_trainer.runs.run import Series
from neural_trainer.symptoms import (
    early_instability,
    layer_gradients_exploding,
    layers_without_gradient,
    term_goes_dead,
)


def test_a_gradient_that_is_not_finite_is_there() -> None:
    """Its norm is unknown, as is that of a gradient that is missing."""
    run = encoder_cut_off(0)
    assert layers_without_gradient.find(run) is not None
    assert run.layers is not None
    tables = dict(run.layers.gradients)
    tables["grad_nonfinite"] = np.where(np.isnan(tables["grad_norm"]), 3, 0).astype(np.float32)
    tables["grad_norm"] = np.where(tables["grad_norm"] == 0, np.nan, tables["grad_norm"])
    tables["grad_nonfinite"][np.isnan(tables["grad_norm"])] = 3
    overflowing = replace(run, layers=replace(run.layers, gradients=tables))
    assert layers_without_gradient.find(overflowing) is None


def test_rewards_that_vary_no_more_are_no_dead_output() -> None:
    s = sketch(0)
    spread = np.clip(np.linspace(2, -2, s.n), 0, 1)
    assert term_goes_dead.find(made({"loss": s.falling(), "value_std": spread})) is not None
    assert term_goes_dead.find(made({"loss": s.falling(), "reward_std": spread})) is None


def test_what_the_loss_does_while_a_loss_scale_falls_is_no_instability() -> None:
    s = sketch(0)
    loss, early = s.noisy(s.falling()), max(12, s.n // 50)
    loss[:early] = np.linspace(loss[0], 3 * loss[0], early)
    assert early_instability.find(made({"loss": loss})) is not None
    falling = np.where(np.arange(s.n) < early, np.linspace(65536, 32, s.n), 16.0)
    assert early_instability.find(made({"loss": loss, "loss_scale": falling})) is None


def test_gradients_that_grow_while_answers_stay_right_are_those_of_another_loss() -> None:
    run = layers_explode(0)
    assert layer_gradients_exploding.find(run) is not None
    step = np.linspace(1, run.last_step, 10)
    right = Series(step, np.linspace(0.7, 0.98, 10))
    wrong = Series(step, np.where(step > 0.6 * run.last_step, 0.3, right.value))
    told = {**run.signals, "eval/accuracy": right}
    assert layer_gradients_exploding.find(replace(run, signals=told)) is None
    told = {**run.signals, "eval/accuracy": wrong}
    assert layer_gradients_exploding.find(replace(run, signals=told)) is not None
