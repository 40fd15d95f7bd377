"""Which settings matter, with an interval: Optuna's own shares, and where they settle nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import optuna
import pytest

from neural_trainer.study.sweep.importance import importance
from neural_trainer.study.sweep.storage import optuna_package

Loss = Callable[[float, float, float], float]
LOSSES: dict[str, Loss] = {
    "lr-alone": lambda lr, momentum, noise: (np.log10(lr) + 3) ** 2 + 0.01 * noise,
    "noise-alone": lambda lr, momentum, noise: noise,
}


def study_of(loss: Loss, num: int, sampler: str = "RandomSampler") -> Any:
    """Return a study of `num` trials over a learning rate and a momentum."""
    study = optuna_package().create_study(sampler=getattr(optuna.samplers, sampler)(seed=0))
    noise = np.random.default_rng(0).standard_normal(num)
    for value in noise.tolist():
        trial = study.ask()
        lr = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
        study.tell(trial, loss(lr, trial.suggest_float("momentum", 0, 1), value))
    return study


def test_shares_are_optunas_within_their_intervals() -> None:
    study = study_of(LOSSES["lr-alone"], 60)
    found, why = importance(study)
    wanted = optuna.importance.get_param_importances(
        study, evaluator=optuna.importance.PedAnovaImportanceEvaluator()
    )
    assert why == ""
    assert {name: share.value for name, share in found.items()} == pytest.approx(wanted)
    assert next(iter(found)) == "lr"
    assert all(0 <= share.low <= share.high <= 1 for share in found.values())
    assert found["lr"].low > 0.6
    assert found["momentum"].high < 0.4


def test_where_nothing_matters_nothing_is_settled() -> None:
    first, second = importance(study_of(LOSSES["noise-alone"], 20))[0].values()
    assert first.low < second.high


def test_few_trials_and_one_value_tell_nothing() -> None:
    assert importance(study_of(LOSSES["lr-alone"], 9)) == (
        {}, "9 trials came to their end; importance needs 10",
    )  # fmt: skip
    assert importance(study_of(lambda lr, momentum, noise: 1.0, 12))[0] == {}


def test_a_setting_that_is_there_in_few_trials_breaks_no_draw() -> None:
    study = optuna_package().create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for number in range(30):
        trial = study.ask()
        lr = trial.suggest_float("lr", 0.1, 1)
        study.tell(trial, lr + (trial.suggest_float("momentum", 0, 1) if number < 3 else 0))
    found, _ = importance(study)
    assert next(iter(found)) == "lr"
    assert found["lr"].high == 1
