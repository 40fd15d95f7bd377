"""Takes a run folder for one run, or refuses it."""

from __future__ import annotations

from pathlib import Path

from neural_trainer.errors import RunRefused
from neural_trainer.live.run_folder import METRICS_FILE, LineFile, holds_run, rank_file


def claimed(folder: Path, resume: bool, rank: int) -> LineFile:
    """Make the folder and open its metrics. Raises RunRefused where that would mix two runs."""
    path = folder / (rank_file(rank) if rank else METRICS_FILE)
    if rank:
        folder.mkdir(parents=True, exist_ok=True)
        if not resume:
            path.unlink(missing_ok=True)
        return LineFile(path)
    if resume:
        if not path.exists():
            raise RunRefused(f"{folder} holds no {METRICS_FILE} to resume; leave out resume=True")
        return LineFile(path)
    refusal = f"{folder} already holds a run; name another folder, or pass resume=True to append"
    if holds_run(folder):
        raise RunRefused(refusal)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return LineFile(path, new=True)
    except FileExistsError as error:  # another process was first
        raise RunRefused(refusal) from error
