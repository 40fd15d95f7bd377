"""What has the look of one symptom and is something else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from made_layered import encoder_cut_off
from sketch import made, sketch

from neural_trainer.symptoms import layers_without_gradient, term_goes_dead


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
