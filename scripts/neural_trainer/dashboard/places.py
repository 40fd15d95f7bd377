"""Which logs a dashboard follows: those that are named, else the runs of the project."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from neural_trainer.errors import RunRefused
from neural_trainer.live.launch.state import read_state
from neural_trainer.live.registry import Registered, registered
from neural_trainer.runs.find import is_run_folder
from neural_trainer.runs.plain_text import shown_path

MOST_RUNS = 100  # the newest of the registry: a look costs a few stats for each


@dataclass(frozen=True)
class Followed:
    """A log or folder to follow. name: of a run of the project; "" for a log that was named."""

    path: Path
    name: str = ""


def followed(words: Sequence[str], project: Path) -> Callable[[], list[Followed]]:
    """Return what gives the logs or runs of `project` that `words` name.

    Without any, the runs that the project has by then, the newest first. Raises RunRefused for a
    word that names nothing.
    """
    if not words:
        return lambda: [
            Followed(r.folder, r.name) for r in registered(project)[: -MOST_RUNS - 1 : -1]
        ]
    runs = registered(project)[::-1]
    named = list(dict.fromkeys(_named(word, runs) for word in words))
    return lambda: named


def log_of(folder: Path) -> Path:
    """Return where the metrics of a run folder are: another file where launch found them there."""
    if folder.is_dir() and not is_run_folder(folder):
        told = read_state(folder).get("log")
        if isinstance(told, str) and "\0" not in told and Path(told).exists():
            return Path(told)
    return folder


def _named(word: str, runs: Sequence[Registered]) -> Followed:
    path = Path(word)
    run = next((run for run in runs if word == run.name), None)
    if "\0" not in word and path.exists():
        return Followed(path)
    if run is not None:
        return Followed(run.folder, run.name)
    raise RunRefused(
        f"{shown_path(path)}: no such log, folder or run of this project; neural-trainer monitor "
        f"without a name lists its runs"
    )
