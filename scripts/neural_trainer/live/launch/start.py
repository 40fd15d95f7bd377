"""Starts a launch: may it run? The plan, the consent, the stages, the run, its summary."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from neural_trainer.errors import RunRefused
from neural_trainer.live.launch import ending, plan, quick_checks
from neural_trainer.live.launch.gpus import Gpus
from neural_trainer.live.launch.settings import Settings
from neural_trainer.live.launch.signals import Signals
from neural_trainer.live.launch.stages import in_turn
from neural_trainer.live.launch.state import Lock, write_state
from neural_trainer.live.launch.stop import Ended
from neural_trainer.live.launch.take_up import leave_word
from neural_trainer.live.launch.talk import Talk
from neural_trainer.live.launch.visibility import HOW_TO_LOG, Sight, sight
from neural_trainer.live.launched import LAUNCH_FOLDER
from neural_trainer.live.registry import Registered, register
from neural_trainer.live.run_folder import free_folder

_NO_NAMES = {"python", "python3", "-m", "-u", "torchrun", "accelerate", "deepspeed", "srun", "uv"}


def run_folder_of(settings: Settings) -> Path:
    """Return the folder asked for, or runs/NAME after the script, the first that is free."""
    if settings.run is not None:
        return Path(settings.run).absolute()
    scripts = [word for word in settings.command if word.endswith((".py", ".sh", ".yaml"))]
    others = [w for w in settings.command if w not in _NO_NAMES and not w.startswith("-")]
    name = Path((scripts or others or ["run"])[0]).stem
    plain = "".join(char if char.isalnum() or char in "._-" else "-" for char in name)[:64]
    parent, chosen, number = Path("runs").absolute(), plain.strip(".-") or "run", 1
    folder = free_folder(parent, chosen)
    while (folder / LAUNCH_FOLDER).exists():
        number += 1
        folder = free_folder(parent, f"{chosen}-{number}")
    return folder


def prepared(settings: Settings, out: TextIO) -> tuple[Sight, Path]:
    """Print the plan; return how the run is seen and its folder. Raises RunRefused."""
    folder = Path.cwd()
    seen = sight(settings.command, folder, settings.log_from)
    if not seen.by:
        raise RunRefused(f"this run could not be seen, so it was not started: {HOW_TO_LOG}")
    run_folder = run_folder_of(settings)
    if not quick_checks.is_writable(run_folder):
        raise RunRefused(f"{run_folder} cannot be made: no permission; name another with --run")
    gpus = Gpus()
    try:
        checks = quick_checks.quick_checks(settings.command, folder, gpus)
        print(plan.text(settings, seen, run_folder, checks, len(gpus)), file=out, flush=True)
    finally:
        gpus.close()
    if failed := quick_checks.failures(checks):
        raise RunRefused(f"this run would fail, so it was not started: {failed}")
    return seen, run_folder


def agreed(ask: TextIO | None, talk: TextIO, read: Callable[[], str] = input) -> None:
    """Ask on a terminal; `ask` is stdin. Raises RunRefused without a yes."""
    if ask is None or not ask.isatty():
        raise RunRefused("nothing was started: read the plan, then say it again with --yes")
    print("Start it? [y/N] ", end="", file=talk, flush=True)
    try:
        answer = read()
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise RunRefused("nothing was started")


def supervise(
    settings: Settings, seen: Sight, run_folder: Path, talk: Talk, on_started: Callable[[], None]
) -> Ended:
    """Hold the run folder, take the stages and the run in turn; return how the last one ended.

    on_started: is called once the folder is held. Raises RunRefused.
    """
    try:
        lock = Lock(run_folder)
    except OSError as error:
        raise RunRefused(f"{run_folder} cannot be made: {error.strerror}") from error
    started = time.time()
    gpus = Gpus()
    try:
        write_state(run_folder, {"state": "starting", "started": started, "pid": os.getpid()})
        _enter(run_folder, started)
        leave_word(run_folder, settings, seen)
        on_started()
        with Signals() as signals:
            return in_turn(settings, seen, run_folder, talk, signals, gpus, started)
    except OSError as error:
        raise RunRefused(f"{run_folder} cannot be written: {error.strerror or error}") from error
    finally:
        gpus.close()
        lock.release()


def conclude(ended: Ended, out: TextIO, *, as_json: bool) -> int:
    """Print the summary; return launch's exit code."""
    print(json.dumps(ended.record) if as_json else ending.to_text(ended.record), file=out)
    return ended.code


def _enter(run_folder: Path, started: float) -> None:
    """Enter the run in the project's registry, where the plugin's monitor finds its alarms."""
    try:
        register(Path.cwd(), Registered(run_folder, run_folder.name, started))
    except OSError as error:
        raise RunRefused(
            f"the run cannot be entered in .neural-trainer of {Path.cwd()}: {error.strerror}; "
            f"launch from a folder that can be written"
        ) from error
