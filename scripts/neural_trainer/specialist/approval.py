"""The plan that a person approved by handing it back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from neural_trainer.errors import SpecialistError
from neural_trainer.specialist.contract import plan_schema, schema_faults
from neural_trainer.specialist.roles import EXPERT


def approved_plan(task: str, file: str | None) -> dict[str, Any] | None:
    """Return the plan in `file`, which an earlier call printed; None where none is given.

    Raises SpecialistError where it holds no whole plan.
    """
    if file is None:
        return None
    if task != EXPERT:
        raise SpecialistError(f"--approved-plan is for {EXPERT}: {task} writes nothing")
    try:
        held = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SpecialistError(f"{file} cannot be read as JSON: {error}") from error
    faults = schema_faults(held, plan_schema())
    if faults:
        raise SpecialistError(f"{file} holds no plan of {EXPERT}: {faults[0]}")
    plan: dict[str, Any] = held["plan"]
    return plan
