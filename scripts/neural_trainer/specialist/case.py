"""The case: what is handed over, from a file, from options, or from both."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neural_trainer.errors import SpecialistError
from neural_trainer.specialist.roles import DEBUGGER, EXPERT, TASKS

PATHS = ("logs", "code", "existing_code")  # keys that hold paths
LARGEST = 256 * 1024  # bytes of a case: it is words and paths, what they name lies elsewhere
Case = dict[str, Any]


def read_case(task: str, file: str | None, given: Mapping[str, Any]) -> Case:
    """Return the case for `task` of the JSON object in `file`, with the options `given` over it.

    Lists of `given` go behind those of the file. Raises SpecialistError where a key is none of the
    task's, a path leads nowhere, or there is nothing to work from.
    """
    case: Case = {key: value for key, value in _object(file).items() if value}
    unknown = sorted(set(case) - set(TASKS[task]))
    if unknown:
        raise SpecialistError(
            f"{file}: a case for {task} has {', '.join(TASKS[task])}; not {', '.join(unknown)}"
        )
    for key, value in given.items():
        if not value:
            continue
        if key not in TASKS[task]:
            spelled = key.replace("_", "-")
            raise SpecialistError(
                f"--{spelled} is not of a case for {task}, which has {', '.join(TASKS[task])}"
            )
        case[key] = [*_list(case.get(key)), *value] if isinstance(value, list) else value
    for key in PATHS:
        if key in case:
            case[key] = _existing(key, case[key])
    if "config" in case:
        (case["config"],) = _existing("config", case["config"])
    _check(task, case)
    return case


def _check(task: str, case: Case) -> None:
    """Raise SpecialistError where there is nothing to work from."""
    if task == DEBUGGER and not case.get("logs") and not case.get("code"):
        raise SpecialistError("the case has neither logs nor code: nothing can be measured or read")
    if task == DEBUGGER and not case.get("logs") and not case.get("symptoms"):
        raise SpecialistError("the case has no logs: say in --symptoms what is seen")
    if task == EXPERT and not case.get("requirements"):
        raise SpecialistError("the case has no requirements: what is to be written?")


def _object(file: str | None) -> dict[str, Any]:
    """Return the JSON object in `file`; an empty one where there is none."""
    if file is None:
        return {}
    try:
        path = Path(file)
        if path.stat().st_size > LARGEST:
            raise SpecialistError(f"{file} is over {LARGEST} bytes: a case names files")
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SpecialistError(f"{file} cannot be read as JSON: {error}") from error
    if not isinstance(held, dict):
        raise SpecialistError(f"{file} holds no JSON object, as a case is")
    return held


def _existing(key: str, value: Any) -> list[str]:
    """Return the paths in `value`, each of which must be there."""
    paths = _list(value)
    for path in paths:
        if not isinstance(path, str):
            raise SpecialistError(f"{key} of the case holds {path!r:.80}, which is no path")
        if not path.startswith("wandb:") and not Path(path).exists():
            raise SpecialistError(f"{key} of the case: there is no {path} here")
    return paths


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
