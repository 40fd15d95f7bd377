"""The environment that a launched run is started in: launch's own, and what it tells the run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from neural_trainer.live.launched import (
    ATTEMPT_VARIABLE,
    CHECKPOINT_VARIABLE,
    FOLDER_VARIABLE,
    STAGE_VARIABLE,
)


def run_environment(
    run_folder: Path, stage: str, attempt: int | None, checkpoints: Sequence[Path]
) -> dict[str, str]:
    """Return the variables. attempt: None where the run's Monitor is not to fill `run_folder`."""
    environment = {
        **os.environ,
        FOLDER_VARIABLE: str(run_folder),
        STAGE_VARIABLE: stage,
        "PYTHONUNBUFFERED": "1",  # what it prints is seen as it prints it
        "PYTHONFAULTHANDLER": "1",  # a stack where compiled code crashes
    }
    environment.pop(ATTEMPT_VARIABLE, None)
    if attempt is not None:
        environment[ATTEMPT_VARIABLE] = str(attempt)
    if checkpoints:
        environment[CHECKPOINT_VARIABLE] = str(checkpoints[-1])
    return environment
