"""What can be done with launches: list them, stop one, look on, tidy the registry."""

from __future__ import annotations

import json
import os
import shlex
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from neural_trainer.errors import RunRefused
from neural_trainer.live.launch import ending
from neural_trainer.live.launch.detached import LOG_FILE, detach_again
from neural_trainer.live.launch.job_steps import cancel, signal_tasks, sruns_among, steps_of
from neural_trainer.live.launch.processes import kill, processes_of
from neural_trainer.live.launch.settings import STAGE_STEPS
from neural_trainer.live.launch.stages import home_of, stage_now
from neural_trainer.live.launch.state import is_held, read_state
from neural_trainer.live.launch.status import alarm_line
from neural_trainer.live.launch.talk import Talk
from neural_trainer.live.launched import FULL, LAUNCH_FOLDER
from neural_trainer.live.registry import PROJECT_FOLDER, REGISTRY_FILE, registered
from neural_trainer.live.run_folder import ALERTS_FILE, METRICS_FILE, SUMMARY_FILE
from neural_trainer.runs.plain_text import printable

LIST_SCHEMA = "neural-trainer/launches/1"
POLL_S = 0.2
UNWATCHED = "unwatched: launch was killed, the training goes on"
LOST = "lost: launch was killed, the training runs no more"
MORE_S = 15.0  # beyond the time to checkpoint, for launch to kill, sum up and end


def launches(project: Path) -> list[dict[str, Any]]:
    """Return the launches of a project, oldest first: folder, state, step, loss."""
    rows = []
    for run in registered(project):
        if not (run.folder / LAUNCH_FOLDER).is_dir():
            continue
        state = read_state(run.folder)
        stage, state_of_stage = stage_now(run.folder)
        state = state_of_stage if stage else state
        rows.append(
            {
                "run": str(run.folder),
                "name": run.name,
                "started": run.started,
                "state": state_of(run.folder),
                "stage": stage or None,
                "step": _last_step(home_of(run.folder, stage or FULL), state),
                "loss": state.get("loss"),
                "attempt": state.get("attempt"),
                "next": _next(run.folder, project),
            }
        )
    return rows


def state_of(folder: Path) -> str:
    """Return how a launch stands, in words, from what lives and what it wrote last."""
    told = str(read_state(folder).get("state", "unknown"))
    stage, of_stage = stage_now(folder)
    if is_held(folder):
        return f"stage {stage}: {of_stage.get('state', told)}" if stage else told
    if _processes(folder):
        return f"stage {stage}: {UNWATCHED}" if stage else UNWATCHED
    if told.startswith("ended"):
        return told
    return LOST


def list_text(rows: list[dict[str, Any]], project: Path) -> str:
    """Return a line for each launch."""
    if not rows:
        return "no launches in this project"
    lines = []
    for row in rows:
        folder = Path(row["run"])
        shown = folder.relative_to(project) if folder.is_relative_to(project) else folder
        step = f"step {row['step']:g}" if isinstance(row["step"], int | float) else "no step"
        lines.append(f"{printable(str(shown)):<28} {step:<12} {printable(row['state'])}")
        if row["next"]:
            lines.append(f"{'':<28} Next: {printable(row['next'])}")
    return "\n".join(lines)


def list_json(rows: list[dict[str, Any]]) -> str:
    """Return the launches as one JSON object."""
    return json.dumps({"schema": LIST_SCHEMA, "launches": rows}, indent=2)


def stop(
    folder: Path, *, at_once: bool = False, sleep: Callable[[float], None] = time.sleep
) -> str:
    """End a launch and its run, with time to checkpoint. Raises RunRefused."""
    state = read_state(folder)
    grace = float(state.get("grace_s") or 0)
    if is_held(folder):
        with suppress(ProcessLookupError):
            os.kill(int(state["pid"]), signal.SIGTERM)
            if at_once:  # a second signal ends the wait for a checkpoint
                sleep(POLL_S)
                os.kill(int(state["pid"]), signal.SIGTERM)
        _wait_while(lambda: is_held(folder), grace + MORE_S, sleep)
        if is_held(folder):
            raise RunRefused(f"{folder}: launch (process {state['pid']}) has not ended; kill it")
        return "stopped"
    alive = _processes(folder)
    if not alive:
        raise RunRefused(f"{folder} runs no more: {state_of(folder)}")
    number = signal.SIGKILL if at_once else signal.SIGTERM
    for pid in set(alive) - signal_tasks(alive, number):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
    _wait_while(lambda: bool(_processes(folder)), grace, sleep)
    cancel(steps_of(sruns_among(alive)))
    kill(_processes(folder))
    return "stopped (launch itself had been killed before)"


def found(run: str, project: Path) -> Path:
    """Return the folder of the launch that `run` names: its folder, or its name in the project.

    Raises RunRefused.
    """
    named = [one.folder for one in registered(project) if one.name == run]
    for folder in (Path(run).absolute(), *reversed(named)):
        if read_state(folder):
            return folder
    raise RunRefused(f"{run} holds no launch; see neural-trainer launch list")


def take_up_if_left(folder: Path, out: TextIO) -> None:
    """Take up in the background a run whose launch was killed; any other is left as it is."""
    if not is_left(folder):
        return
    try:
        detach_again(folder)
    except RunRefused:
        if not is_held(folder):  # else another was first
            raise
    print(f"{ending.shown_path(folder)}: launch was killed; it is taken up again", file=out)


def is_left(folder: Path) -> bool:
    """Return whether the launch of a run was killed before it could sum it up."""
    state = read_state(folder)
    has_ended = str(state.get("state")).startswith("ended")
    return "attempt" in state and not has_ended and not is_held(folder)


def attach(folder: Path, out: TextIO, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Show alarms and state of a launch as they come, until it ends."""
    talk, offset = Talk(out), 0
    while True:
        alive = is_held(folder)
        offset = _tell_new(folder, talk, offset)
        if not alive:
            break
        state = stage_now(folder)[1] or read_state(folder)
        step = state.get("step")
        shown = f"step {step:g}" if isinstance(step, int | float) else "no step yet"
        talk.status(f"{folder.name} · {state_of(folder)} · {shown} · loss {state.get('loss')}")
        sleep(POLL_S)
    talk.end()
    try:
        record = json.loads((folder / SUMMARY_FILE).read_text(encoding="utf-8"))
        print(ending.to_text(record), file=out)
    except (OSError, ValueError, KeyError, TypeError):
        print(f"{folder}: {state_of(folder)}", file=out)


def prune(project: Path) -> int:
    """Take the runs out of the registry whose folders are gone; return how many. Deletes no run."""
    path = project / PROJECT_FOLDER / REGISTRY_FILE
    runs = registered(project)
    kept = [run for run in runs if run.folder.is_dir()]
    if len(kept) == len(runs):
        return 0
    lines = [
        json.dumps({"folder": str(run.folder), "name": run.name, "started": run.started})
        for run in kept
    ]
    size = path.stat().st_size
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    if path.stat().st_size != size:  # a run was entered meanwhile
        partial.unlink()
        raise RunRefused("a run has just started here; say it again")
    os.replace(partial, path)
    return len(runs) - len(kept)


def log_of(folder: Path) -> Path:
    """Return the file that holds what a detached launch says."""
    return folder / LAUNCH_FOLDER / LOG_FILE


def _next(folder: Path, project: Path) -> str:
    """Return the command that judges on, or sums up, a run whose launch was killed; or ""."""
    does = "attach" if is_left(folder) else ""
    if not does and not is_held(folder) and _processes(folder):  # in a stage, which is run anew
        does = "stop"
    shown = folder.relative_to(project) if folder.is_relative_to(project) else folder
    return f"neural-trainer launch {does} {shlex.quote(str(shown))}" if does else ""


def _last_step(folder: Path, state: dict[str, Any]) -> Any:
    """Return the last step of a Monitor's file, which launch may not have seen any more."""
    try:
        with (folder / METRICS_FILE).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 65_536))
            *whole, _torn = file.read().split(b"\n")
        return json.loads(whole[-1])["step"]
    except (OSError, ValueError, IndexError, KeyError, TypeError, RecursionError):
        return state.get("step")


def _processes(folder: Path) -> list[int]:
    homes = {home_of(folder.absolute(), stage) for stage in STAGE_STEPS}
    return [pid for home in homes if home.is_dir() for pid in processes_of(home)]


def _tell_new(folder: Path, talk: Talk, offset: int) -> int:
    """Say the alarms that were appended since `offset`; return where they end now."""
    try:
        with (folder / ALERTS_FILE).open("rb") as file:
            file.seek(offset)
            block = file.read(1 << 20)
    except OSError:
        return offset
    end = block.rfind(b"\n") + 1
    for line in block[:end].splitlines():
        with suppress(ValueError, KeyError, TypeError, RecursionError):  # not of our making
            talk.event(alarm_line(json.loads(line)))
    return offset + end


def _wait_while(holds: Callable[[], bool], seconds: float, sleep: Callable[[float], None]) -> None:
    until = time.monotonic() + seconds
    while holds() and time.monotonic() < until:
        sleep(POLL_S)
