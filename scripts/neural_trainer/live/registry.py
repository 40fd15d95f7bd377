"""The list of a project's runs, .neural-trainer/runs.jsonl; on the standard library alone."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_FOLDER = ".neural-trainer"
REGISTRY_FILE = "runs.jsonl"


@dataclass(frozen=True)
class Registered:
    """One run of a project: its folder, absolute; its name; when it started, unix seconds."""

    folder: Path
    name: str
    started: float


def project_home(project: Path) -> Path:
    """Return the folder of what is kept of a project; it is made, hidden from git, if absent.

    Raises OSError where that cannot be done.
    """
    home = project / PROJECT_FOLDER
    home.mkdir(exist_ok=True)
    ignore = home / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return home


def register(project: Path, run: Registered) -> None:
    """Append `run` to the registry of `project`. Raises OSError where that cannot be written."""
    home = project_home(project)
    entry = {"folder": str(run.folder.absolute()), "name": run.name, "started": run.started}
    descriptor = os.open(home / REGISTRY_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        # One write, so that two runs that start at once never mix their lines.
        os.write(descriptor, json.dumps(entry).encode() + b"\n")
    finally:
        os.close(descriptor)


def registered(project: Path) -> list[Registered]:
    """Return the runs of `project`, oldest first; a folder registered again keeps its last line."""
    path = project / PROJECT_FOLDER / REGISTRY_FILE
    if not path.exists():
        return []
    runs: dict[str, Registered] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        run = _parsed(line)
        if run is not None:
            runs.pop(str(run.folder), None)
            runs[str(run.folder)] = run
    return list(runs.values())


def _parsed(line: str) -> Registered | None:
    """Return the run on one line; None for a line torn by a kill or not of our making."""
    try:
        entry = json.loads(line)
        return Registered(Path(entry["folder"]), str(entry["name"]), float(entry["started"]))
    except (ValueError, KeyError, TypeError):
        return None
