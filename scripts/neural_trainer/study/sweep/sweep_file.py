"""The sweep's own file in its folder: what was asked, for workers and reports that come later."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from neural_trainer.errors import ConfigError
from neural_trainer.live.run_folder import write_json
from neural_trainer.study.sweep.settings import Sweep, built
from neural_trainer.study.sweep.storage import shown_url

FILE = "sweep.json"
SCHEMA = "neural-trainer/sweep-asked/1"


class Kept(NamedTuple):
    """What a folder's file holds. plan: whose runs it makes, "" for none. again: words to go on."""

    sweep: Sweep
    plan: str
    again: str


def keep(sweep: Sweep, tree: Mapping[str, Any], plan: str, again: str) -> None:
    """Write what was asked into the sweep's folder."""
    try:
        sweep.folder.mkdir(parents=True, exist_ok=True)
        record = {"schema": SCHEMA, "asked": {**tree, "folder": str(sweep.folder)}, "plan": plan,
                  "again": again, "working_directory": os.getcwd()}  # fmt: skip
        write_json(sweep.folder / FILE, record)
        if shown_url(sweep.storage) != sweep.storage:  # it holds a password
            (sweep.folder / FILE).chmod(0o600)
    except OSError as error:
        raise ConfigError(
            f"{sweep.folder} cannot be written: {error.strerror or error}; name another folder"
        ) from error


def kept(folder: Path, *, go_there: bool = False) -> Kept:
    """Return what a folder's file holds. go_there: take the directory that the sweep began in.

    Raises ConfigError where there is none.
    """
    path = folder / FILE
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        asked, plan = dict(record["asked"]), str(record["plan"])
        where, again = str(record["working_directory"]), str(record["again"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConfigError(
            f"{folder} holds no sweep ({FILE}: {error}); expected its folder"
        ) from error
    if go_there:
        os.chdir(where)
    if plan:
        from neural_trainer.study.sweep.plan_runs import sweep_of_plan

        return Kept(sweep_of_plan(Path(plan), asked)[0], plan, again)
    return Kept(built(asked, str(path), folder.name), "", again)
