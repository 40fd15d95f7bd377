"""A run whose launch was killed: what that launch left behind, for another to take it up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neural_trainer.errors import ReadError
from neural_trainer.live.alarm import checked
from neural_trainer.live.launch.child import Child
from neural_trainer.live.launch.crash import Crash, ends_in_an_exception
from neural_trainer.live.launch.processes import born_s, now_s, processes_of
from neural_trainer.live.launch.restarts import Attempt
from neural_trainer.live.launch.stdout_log import StdoutLog
from neural_trainer.live.run_folder import ALERTS_FILE, STDOUT_FILE, SUMMARY_FILE, read_lines

COMPLETED = "completed"  # what the Monitor writes where its loop came to its end


@dataclass(frozen=True)
class Orphan:
    """A run without its launch. child: its command, which may have ended meanwhile.

    started: of the launch, unix seconds. attempts: those before this one. attempt_started: unix
    seconds. first_step: of this attempt. spent_s, gpu_s: used so far, attempt_spent_s: before this
    attempt. alarms: as alerts.jsonl has them.
    """

    child: Child
    started: float
    attempts: tuple[Attempt, ...]
    attempt_started: float
    first_step: float | None
    attempt_spent_s: float
    spent_s: float
    gpu_s: float
    alarms: tuple[Mapping[str, Any], ...]


def orphan(run_folder: Path, state: Mapping[str, Any]) -> Orphan:
    """Return the run in `run_folder` of which launch wrote `state` last."""
    pid = _pid(run_folder, state)
    began = float(state.get("attempt_started") or state["started"])
    born = None if pid is None else born_s(pid)
    before_s = float(state.get("attempt_spent_s") or 0.0)
    spent_s = known_s = float(state.get("spent_s") or 0.0)
    if born is not None:  # its age counts the time without a launch, by a clock that does not jump
        spent_s = before_s + max(0.0, now_s() - born)
    unseen_s = max(0.0, spent_s - known_s)
    gpu_s = float(state.get("gpu_s") or 0.0) + unseen_s * int(state.get("gpus") or 0)
    return Orphan(
        child=Child(
            pid or 0,
            run_folder,
            lambda: _ended(pid, born, run_folder, began),
            program=next(iter(state.get("command") or ()), ""),
        ),
        started=float(state["started"]),
        attempts=tuple(_attempt(entry) for entry in state.get("attempts") or ()),
        attempt_started=began,
        first_step=state.get("first_step"),
        attempt_spent_s=before_s,
        spent_s=spent_s,
        gpu_s=gpu_s,
        alarms=tuple(_alarms(run_folder)),
    )


def _pid(run_folder: Path, state: Mapping[str, Any]) -> int | None:
    """Return the process of the command; the eldest of the run where launch did not write it."""
    alive = processes_of(run_folder)
    if state.get("child") in alive:
        return int(state["child"])
    if state.get("child") is not None:  # it has ended; workers that it left are no run
        return None
    return min(alive, key=lambda pid: born_s(pid) or 0.0, default=None)


def _ended(pid: int | None, born: float | None, run_folder: Path, began: float) -> int | None:
    """Return None while the command runs; else 1 where it says that it failed, 0 for all else.

    Only who started a process is told its exit code: what the run wrote last has to do.
    """
    if pid is not None and born is not None and born_s(pid) == born:
        return None
    told = _told_by_monitor(run_folder, began)
    if told:
        return int(told != COMPLETED)
    return int(ends_in_an_exception(StdoutLog(run_folder / STDOUT_FILE).tail()))


def _told_by_monitor(run_folder: Path, began: float) -> str:
    """Return how the Monitor says that this attempt's loop ended; "" where it does not."""
    path = run_folder / SUMMARY_FILE
    try:
        if path.stat().st_mtime < began:  # of an earlier attempt
            return ""
        return str(json.loads(path.read_text(encoding="utf-8"))["ended"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""


def _attempt(entry: Mapping[str, Any]) -> Attempt:
    crash = None
    if entry["crash"] is not None:
        crash = Crash(str(entry["crash"]), str(entry["ended"]), "", "no", "")
    return Attempt(
        int(entry["number"]), entry["first_step"], entry["last_step"], str(entry["ended"]), crash
    )


def _alarms(run_folder: Path) -> list[dict[str, Any]]:
    """Return the lines of alerts.jsonl that are alarms."""
    fields = {"symptom", "cause", "confidence", "message"}
    try:
        lines = [line for line in read_lines(run_folder / ALERTS_FILE) if isinstance(line, dict)]
    except (ReadError, OSError):  # not of our making: what was told before may be told again
        return []
    return [line for line in lines if checked(line) is not None and fields <= line.keys()]
