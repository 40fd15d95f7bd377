"""What run.json says of where a run came from: command, config, code, software, hardware, data."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from neural_trainer.live.environment import environment
from neural_trainer.live.fingerprints import fingerprints
from neural_trainer.live.git_state import git_state
from neural_trainer.live.hardware import hardware
from neural_trainer.live.masking import masked, masked_command
from neural_trainer.live.plain_config import plain
from neural_trainer.live.reproducibility import checklist
from neural_trainer.live.seeds import seeds


def provenance(config: Any, project: Path, data: Any = None) -> dict[str, Any]:
    """Return the record without secrets, bounded in size and in time.

    config, data: of any make; what they name on disk is fingerprinted, data's in any case.
    """
    kept = masked(plain(config))
    known = masked(plain(data))
    git = git_state(project)
    software = environment()
    files = fingerprints({"config": kept, "data": known}, project)
    seeded = seeds(kept)
    conditions = checklist(
        seeded, project, git=git, packages=software["packages"], data_files=files
    )
    return {
        "command": masked_command(sys.argv),
        "cwd": str(project),
        "config": kept,
        "seeds": seeded,
        "git": git,
        **software,
        "hardware": hardware(),
        "data_files": files,
        "reproducibility": [
            {key: text for key, text in condition._asdict().items() if text}
            for condition in conditions
        ],
        "pid": os.getpid(),
    }
