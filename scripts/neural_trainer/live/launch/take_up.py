"""Takes up a run whose launch was killed: judges it, holds it to its caps, sums it up."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from neural_trainer.errors import RunRefused
from neural_trainer.live.launch.gpus import Gpus
from neural_trainer.live.launch.locate import KINDS
from neural_trainer.live.launch.orphan import orphan
from neural_trainer.live.launch.settings import Settings, as_json, built
from neural_trainer.live.launch.signals import Signals
from neural_trainer.live.launch.state import Lock, read_asked, read_state, write_asked, write_state
from neural_trainer.live.launch.stop import Ended
from neural_trainer.live.launch.supervisor import Supervisor
from neural_trainer.live.launch.talk import Talk
from neural_trainer.live.launch.visibility import Sight
from neural_trainer.live.masking import masked_command


def leave_word(run_folder: Path, settings: Settings, seen: Sight) -> None:
    """Write down what another launch needs to know to take this run up. Raises OSError."""
    asked = {**as_json(settings), "command": masked_command(settings.command)}
    sight = {"by": seen.by, "where": seen.where, "places": list(seen.places)}
    write_asked(run_folder, {"settings": asked, "seen": sight, "folder": str(Path.cwd())})


def take_up(run_folder: Path, talk: Talk, on_started: Callable[[], None]) -> Ended:
    """Follow the run in `run_folder` to its end, in the folder that it was launched from.

    It is not restarted: its command was written down without its secrets, and only who starts a
    process is told its exit code. on_started: is called once the folder is held. Raises RunRefused.
    """
    asked = read_asked(run_folder)
    lock = Lock(run_folder, again=True)
    gpus = Gpus()
    try:
        state = read_state(run_folder)
        if str(state.get("state")).startswith("ended") or "attempt" not in state:
            raise RunRefused(f"{run_folder}: there is no run to take up: {state.get('state')}")
        os.chdir(asked["folder"])
        settings = built(asked["settings"])
        found = orphan(run_folder, state)
        write_state(run_folder, {**state, "pid": os.getpid()})
        on_started()
        with Signals() as signals:
            seen = _seen(asked["seen"], state.get("log"))
            return Supervisor(settings, seen, run_folder, talk, signals, gpus, orphan=found).run()
    except (OSError, KeyError, TypeError) as error:
        raise RunRefused(f"{run_folder} cannot be taken up: {error}") from error
    finally:
        gpus.close()
        lock.release()


def _seen(sight: dict[str, object], log: str | None) -> Sight:
    """Return how the run is seen: by the log that launch had found, if it had found one."""
    if log is not None and sight["by"] in KINDS:
        return Sight("path", log)
    places = sight["places"] if isinstance(sight["places"], list) else []
    return Sight(str(sight["by"]), str(sight["where"]), places=tuple(map(str, places)))
