"""The places of a sweep: made once, each tried until it has ended or may not be tried again.

A place is a waiting trial of Optuna. Taking one is the storage's own step from waiting to running,
so no two workers take the same, and a sweep of 40 has 40 places whatever is killed in between.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neural_trainer.errors import RunRefused
from neural_trainer.study.sweep import states
from neural_trainer.study.sweep.claim import Claim, claimed, foretell, is_left
from neural_trainer.study.sweep.settings import Sweep
from neural_trainer.study.sweep.storage import optuna_package, reaching

LOCK_FILE = ".taking"
BAD_NODE = "bad node "  # attribute of the study, with the node: trials it is to blame for
ASKED = "asked"  # attribute of the study: what must not differ when a sweep goes on


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one worker of this file system at a time look at the places and take one."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def create(sweep: Sweep, storage: Any, runs: Sequence[Mapping[str, Any]] = ()) -> Any:
    """Return the study, made or taken up, with a place for each trial. Raises RunRefused.

    runs: of a plan, each with its name and its command; then they are the trials.
    """
    optuna = optuna_package()
    asked = what_is_asked(sweep, runs)
    with reaching(sweep), alone(sweep.folder):
        study = optuna.create_study(
            storage=storage, study_name=sweep.name, load_if_exists=True,
            direction=sweep.objective.direction,
        )  # fmt: skip
        before = study.user_attrs.get(ASKED)
        if before is None:
            study.set_user_attr(ASKED, asked)
        elif before != asked:
            changed = sorted(key for key in asked if before.get(key) != asked[key])
            raise RunRefused(
                f"the sweep {sweep.name} is there already with another {', '.join(changed)}; "
                f"expected the same, to go on with it, or another folder"
            )
        there = states.by_slot(study.get_trials(deepcopy=False))
        for slot in range(len(runs) or sweep.trials):
            if slot not in there:
                attributes: dict[str, Any] = {states.SLOT: slot}
                if runs:
                    attributes[states.RUN] = runs[slot]["name"]
                    attributes[states.COMMAND] = list(runs[slot]["command"])
                study.enqueue_trial({}, user_attrs=attributes)
        fill_again(study, sweep)
    return study


def what_is_asked(sweep: Sweep, runs: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return what makes two sweeps the same one: command, space and objective, as JSON has them."""
    import dataclasses
    import json

    tree = {
        "command": sweep.command,
        "space": [dataclasses.asdict(parameter) for parameter in sweep.space],
        "objective": dataclasses.asdict(sweep.objective),
        "runs": [run["name"] for run in runs],
    }
    found: dict[str, Any] = json.loads(json.dumps(tree))
    return found


def fill_again(study: Any, sweep: Sweep) -> int:
    """Make a waiting trial of each place that is to be tried once more; return how many.

    Called under `alone`: what is there tells what is due, so that it may be called at any time.
    """
    made, blamed = 0, bad_node_trials(study)
    for slot, attempts in states.by_slot(study.get_trials(deepcopy=False)).items():
        if states.is_due_again(attempts, sweep.retries, blamed):
            last = attempts[-1]
            kept = {states.SLOT: slot}
            kept |= {
                key: last.user_attrs[key]
                for key in (states.RUN, states.COMMAND)
                if key in last.user_attrs
            }
            study.enqueue_trial(dict(last.params), user_attrs=kept)
            made += 1
    return made


def bad_node_trials(study: Any) -> set[int]:
    """Return the numbers of the trials that bad nodes are to blame for."""
    return {
        number
        for key, numbers in study.user_attrs.items()
        if key.startswith(BAD_NODE)
        for number in numbers
    }


def blame(study: Any, node: str, numbers: Sequence[int]) -> None:
    """Note that a node, not their settings, is to blame for trials."""
    before = study.user_attrs.get(f"{BAD_NODE}{node}", [])
    study.set_user_attr(f"{BAD_NODE}{node}", sorted({*before, *numbers}))


def take(study: Any, sweep: Sweep) -> tuple[Any, Claim] | None:
    """Return a trial to run and the hold on it; None where nothing is left to do.

    One whose worker is no more comes first: its run may go on, or have ended meanwhile.
    """
    optuna = optuna_package()
    waiting = (optuna.trial.TrialState.WAITING,)
    with reaching(sweep), alone(sweep.folder):
        left = _left_behind(study, sweep)
        if left is not None:
            return left
        fill_again(study, sweep)
        numbers = [trial.number for trial in study.get_trials(deepcopy=False, states=waiting)]
        if not numbers:
            return None
        foretell(sweep.folder, numbers)
        trial = study.ask()
        if states.SLOT in trial.user_attrs:
            claim = claimed(sweep.folder, trial.number)
            assert claim is not None
            foretell(sweep.folder, ())
            return trial, claim
        # A worker on another file system took the last place in this moment.
        trial.set_user_attr(states.STATE, "surplus")
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
        return None


def _left_behind(study: Any, sweep: Sweep) -> tuple[Any, Claim] | None:
    """Return a running trial whose worker is no more, held."""
    optuna = optuna_package()
    for frozen in study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,)):
        if states.SLOT not in frozen.user_attrs or not is_left(sweep.folder, frozen, time.time()):
            continue
        claim = claimed(sweep.folder, frozen.number)
        if claim is not None:
            return again(study, sweep, frozen.number), claim
    return None


def again(study: Any, sweep: Sweep, number: int) -> Any:
    """Return a running trial as its worker had it."""
    optuna = optuna_package()
    storage = study._storage
    of_study = storage.get_study_id_from_name(sweep.name)
    of_trial = storage.get_trial_id_from_study_id_trial_number(of_study, number)
    return optuna.trial.Trial(study, of_trial)
