"""Where a run came from, as the run.json of its folder has it: code, software, machine, seeds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from neural_trainer.runs.folder_files import RUN_FILE
from neural_trainer.runs.run import Run

LARGEST = 8 << 20  # bytes; one of ours has some 50,000, most of it the diff of the code
FACTS = (
    "command", "cwd", "started", "seeds", "python", "platform", "torch", "cuda", "cudnn",
    "hardware", "git", "num_parameters", "num_trainable_parameters", "packages", "data_files",
)  # fmt: skip
LEFT_OUT = ("diff", "untracked")  # of git: too long for a page


def origin(run: Run) -> dict[str, Any]:
    """Return the facts of run.json beside the log; empty where there is none that can be read."""
    path = Path(run.source)
    path = (path if path.is_dir() else path.parent) / RUN_FILE
    try:
        if path.stat().st_size > LARGEST:
            return {}
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(record, dict):
        return {}
    found = {name: record[name] for name in FACTS if record.get(name)}
    git = found.get("git")
    if isinstance(git, dict):
        found["git"] = {name: value for name, value in git.items() if name not in LEFT_OUT}
    return found
