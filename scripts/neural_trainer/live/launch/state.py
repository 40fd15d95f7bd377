"""What launch keeps of itself in a run folder: a lock, held while it lives, and its state."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neural_trainer.errors import RunRefused
from neural_trainer.live.launched import LAUNCH_FOLDER
from neural_trainer.live.run_folder import holds_run, write_json

LOCK_FILE = "lock"
STATE_FILE = "state.json"
ASKED_FILE = "asked.json"
SCHEMA = "neural-trainer/launch/1"


class Lock:
    """The hold of one launch on a run folder; the system gives it up when the process ends."""

    def __init__(self, folder: Path, *, again: bool = False) -> None:
        """Take the folder, made if need be. Raises RunRefused where another launch or a run is.

        again: take the folder of a launch that is no more.
        """
        home = folder / LAUNCH_FOLDER
        taken = RunRefused(
            f"{folder} already holds a run; name another folder with --run, or remove it"
        )
        if (
            not again and holds_run(folder) and not home.exists()
        ):  # nothing of ours is to be left in it
            raise taken
        home.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(home / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._descriptor)
            who = read_state(folder).get("pid", "unknown")
            raise RunRefused(
                f"{folder} is kept by another launch (process {who}); name another folder with "
                f"--run, or neural-trainer launch stop {folder}"
            ) from error
        if not again and (holds_run(folder) or read_state(folder).get("started")):
            self.release()
            raise taken

    def release(self) -> None:
        """Give the folder up."""
        os.close(self._descriptor)


def is_held(folder: Path) -> bool:
    """Return whether a launch lives that keeps `folder`."""
    try:
        descriptor = os.open(folder / LAUNCH_FOLDER / LOCK_FILE, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def write_state(folder: Path, state: Mapping[str, Any]) -> None:
    """Write the state of a launch. Raises OSError."""
    write_json(folder / LAUNCH_FOLDER / STATE_FILE, {"schema": SCHEMA, **state})


def read_state(folder: Path) -> dict[str, Any]:
    """Return the state that a launch wrote last; empty where there is none that can be read."""
    try:
        state = json.loads((folder / LAUNCH_FOLDER / STATE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return state if isinstance(state, dict) else {}


def write_asked(folder: Path, asked: Mapping[str, Any]) -> None:
    """Write what a launch was asked to do, for one that takes it up. Raises OSError."""
    write_json(folder / LAUNCH_FOLDER / ASKED_FILE, {"schema": SCHEMA, **asked})


def read_asked(folder: Path) -> dict[str, Any]:
    """Return what a launch was asked to do. Raises RunRefused where that is not known any more."""
    path = folder / LAUNCH_FOLDER / ASKED_FILE
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise RunRefused(f"{path} cannot be read: the run cannot be taken up ({error})") from error
