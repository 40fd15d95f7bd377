"""The runs of a plan that `neural-trainer plan` wrote, as the trials of a sweep."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neural_trainer.errors import ConfigError
from neural_trainer.runs.names import better
from neural_trainer.study.plan_file import read_promise
from neural_trainer.study.sweep.settings import (
    JOURNAL,
    Objective,
    Pruner,
    Sweep,
    executor_of,
    read_tree,
)

KEYS = ("storage", "executor", "retries", "breaker", "folder", "log_from", "max_hours", "grace_s")


def sweep_of_plan(path: Path, given: Mapping[str, Any]) -> tuple[Sweep, list[dict[str, Any]]]:
    """Return the sweep of a plan's runs, and the runs in their order. Raises ConfigError.

    given: the keys of KEYS that were asked for. Nothing is pruned: a plan's runs are compared at
    their ends, and one that was cut short could not be.
    """
    promise, tree = read_promise(path), read_tree(path)
    unknown = [key for key in given if key not in KEYS]
    if unknown:
        raise ConfigError(
            f"{unknown[0]} is settled by the plan {path}; expected only {', '.join(KEYS)}"
        )
    home = Path(promise.folder).absolute()
    runs = []
    for run in tree["runs"]:
        if "command" not in run:
            raise ConfigError(
                f"{path} says of {run['name']} no command, so it cannot be run; expected a plan "
                f"made with --config CONFIG.yaml"
            )
        runs.append({"name": str(home / run["name"]), "command": shlex.split(run["command"])})
    direction = "maximize" if better(promise.metric) == "higher" else "minimize"
    hours = given.get("max_hours")
    folder = given.get("folder") or Path("sweeps") / path.stem
    return (
        Sweep(
            command=tuple(runs[0]["command"]),
            space=(),
            objective=Objective(
                promise.metric, "maximize" if direction == "maximize" else "minimize"
            ),
            folder=Path(str(folder)).absolute(),
            trials=len(runs),
            sampler="random",
            pruner=Pruner("none"),
            watcher=False,
            storage=str(given.get("storage", JOURNAL)),
            executor=executor_of(given.get("executor", "local"), str(path)),
            retries=int(given.get("retries", 2)),
            breaker=int(given.get("breaker", 3)),
            log_from=None if given.get("log_from") is None else str(given["log_from"]),
            max_hours=None if hours is None else float(hours),
            grace_s=float(given.get("grace_s", 10.0)),
        ),
        runs,
    )
