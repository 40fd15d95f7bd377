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


@dataclass(frozen=True)
class Places:
    """What is followed. num_older: runs of the project, older ones, that are not."""

    logs: tuple[Followed, ...]
    num_older: int = 0


def followed(words: Sequence[str], project: Path) -> Callable[[], Places]:
    """Return what gives the logs or runs of `project` that `words` name.

    Without any, the runs that the project has by then, the newest first. Raises RunRefused for a
    word that names nothing.
    """
    if not words:
        return lambda: _newest(registered(project)[::-1])
    runs = registered(project)[::-1]
    named = Places(tuple(dict.fromkeys(_named(word, runs) for word in words)))
    return lambda: named


def _newest(runs: Sequence[Registered]) -> Places:
    logs = tuple(Followed(run.folder, run.name) for run in runs[:MOST_RUNS])
    return Places(logs, len(runs) - len(logs))


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
