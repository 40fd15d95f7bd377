"""Pruners: which trials are ended before their time, and which never are."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from toy_sweep import asked, lay_down

from neural_trainer.errors import ConfigError
from neural_trainer.study.sweep import places
from neural_trainer.study.sweep.milestones import milestones
from neural_trainer.study.sweep.search import pruner
from neural_trainer.study.sweep.settings import Sweep, built
from neural_trainer.study.sweep.storage import opened
from neural_trainer.study.sweep.sweep_file import keep
from neural_trainer.study.sweep.worker import work

STEPS = 81
HYPERBAND = {"name": "hyperband", "least": 3, "most": STEPS, "factor": 3}


def sweep_of(**changes: Any) -> Sweep:
    return built(asked(**changes), "toy.yaml", "toy")


def courses(asked_for: Sweep, levels: np.ndarray) -> dict[int, int]:
    """Run a trial for each level of its loss; return the step that each came to."""
    study = optuna.create_study(
        direction=asked_for.objective.direction, study_name="toy", pruner=pruner(asked_for)
    )
    came_to = {}
    for level in levels:
        trial = study.ask()
        for step in milestones(STEPS):
            trial.report(float(level), step)
            came_to[trial.number] = step
            if trial.should_prune():
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                break
        else:
            study.tell(trial, float(level))
    return came_to


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_hyperband_ends_most_trials_early_and_the_best_never(direction: str) -> None:
    objective = {"signal": "score", "direction": direction}
    levels = np.random.default_rng(0).permutation(200).astype(float)
    came_to = courses(sweep_of(pruner=HYPERBAND, objective=objective), levels)
    better = levels if direction == "minimize" else -levels
    order = np.argsort(better)
    assert came_to[int(order[0])] == 79  # the last milestone before 81
    whole = np.mean([step == 79 for step in came_to.values()])
    # Of 49 trials 27 begin with a rung at 3 steps, 12 at 9, 6 at 27 and 4 at 81; at each rung about
    # one in three goes on: 1/27, 1/9, 1/3 and all of these come to their end, 0.17 together.
    assert 0.1 < whole < 0.25
    assert np.mean([came_to[int(i)] for i in order[:50]]) > 1.5 * np.mean(
        [came_to[int(i)] for i in order[150:]]
    )
    ended = {step for step in came_to.values() if step < 79}
    assert ended == {3, 9, 28}  # rungs of 3, 9 and 27 steps, at the milestones that reach them


def test_hyperband_waits_for_the_warm_up() -> None:
    levels = np.random.default_rng(0).permutation(60).astype(float)
    came_to = courses(sweep_of(pruner={**HYPERBAND, "warmup": 20}), levels)
    assert 20 <= min(came_to.values()) < STEPS / 2


def test_without_a_pruner_all_come_to_their_end() -> None:
    assert set(courses(sweep_of(pruner="none"), np.arange(20.0)).values()) == {79}


@pytest.mark.parametrize(
    ("given", "told"),
    [({**HYPERBAND, "factor": 1}, "pruner.factor is 1"),
     ({**HYPERBAND, "least": 81}, "pruner.most is 81; expected more than the 81"),
     ({**HYPERBAND, "warmup": 100}, "pruner.most is 81; expected more than the 100"),
     ({**HYPERBAND, "factr": 4}, "pruner.factr"),
     ("hyperbnd", "pruner.name is 'hyperbnd'")],
    ids=["factor", "least-is-most", "warm-up-beyond", "unknown-key", "unknown-name"],
)  # fmt: skip
def test_pruners_that_are_refused(given: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        sweep_of(pruner=given)


def hyperband_of_one_rung(study: Any, asked_for: Sweep) -> None:
    """Let a good trial pass the one rung of one bracket, at step 40."""
    study.pruner = pruner(asked_for)
    first = study.ask()
    first.report(0.01, 40)
    assert not first.should_prune()
    study.tell(first, 0.01)


def five_good_ones(study: Any, asked_for: Sweep) -> None:
    """Add as many trials as the median needs."""
    for _ in range(5):
        course = dict.fromkeys(milestones(60), 0.01)
        study.add_trial(optuna.trial.create_trial(value=0.01, intermediate_values=course))


@pytest.mark.parametrize(
    ("given", "before", "step"),
    [("median", five_good_ones, 1),
     ({"name": "hyperband", "least": 40, "most": 60}, hyperband_of_one_rung, 40)],
    ids=["median", "hyperband"],
)  # fmt: skip
def test_a_run_behind_the_others_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: Any, before: Any, step: int
) -> None:
    monkeypatch.chdir(tmp_path)
    changes = {
        "space": {"lr": {"low": 1e-5, "high": 2e-5}, "opt": ["endless"]}, "trials": 2,
        "watcher": False, "pruner": given, "sampler": "random",
    }  # fmt: skip
    lay_down(tmp_path, **changes)
    asked_for = sweep_of(**changes)
    study = places.create(asked_for, opened(asked_for))
    keep(asked_for, asked(**changes), "", "neural-trainer sweep toy.yaml")
    before(study, asked_for)
    assert work(asked_for, 0, lambda line: None, threading.Event(), "here") == "done"
    pruned = [t for t in study.get_trials() if "folder" in t.user_attrs]
    assert {t.state.name for t in pruned} == {"PRUNED"}
    for trial in pruned:
        name = asked_for.pruner.name
        assert trial.user_attrs["reason"] == f"behind the others at step {step} ({name})"
        assert (trial.user_attrs["state"], trial.user_attrs["cause"]) == ("pruned", "")
