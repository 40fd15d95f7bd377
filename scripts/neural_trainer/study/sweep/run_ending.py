"""What the run folder of a trial says of its end: the objective's value, or why there is none."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from neural_trainer.live.launch.state import read_state
from neural_trainer.live.run_folder import ALERTS_FILE, SUMMARY_FILE
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run
from neural_trainer.study.ends import outcome
from neural_trainer.study.sweep.settings import Objective
from neural_trainer.study.sweep.states import Ending

INFEASIBLE_CODE = 65  # EX_DATAERR of sysexits.h: the command itself says that it cannot run so
INFEASIBLE_CRASHES = ("cuda-out-of-memory", "non-finite", "loss-scale-spent")
STOPPED, UNKNOWN_END = "stopped by ", "it ended; its exit code is not known"
NO_CAUSES = ("", "unknown", "healthy", "converged")


def has_ended(folder: Path) -> bool:
    """Return whether the launch of the run in `folder` has summed it up."""
    return str(read_state(folder).get("state", "")).startswith("ended")


def standing_cause(folder: Path) -> str:
    """Return the cause of an alarm of the judge that stands; "" where none does."""
    try:
        lines = (folder / ALERTS_FILE).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    standing: dict[str, str] = {}
    for line in lines:
        try:
            alarm = json.loads(line)
            name, state, cause = str(alarm["id"]), alarm["state"], str(alarm["cause"])
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        if "worse" not in alarm:  # launch's own: a hang, a cap, a crash
            continue
        standing.pop(name, None)
        if state != "cleared" and cause not in NO_CAUSES:
            standing[name] = cause
    return next(iter(standing.values()), "")


def ending_of(
    folder: Path, run: Run | None, objective: Objective, *, pruned: str = "", cause: str = ""
) -> Ending:
    """Return how the trial of an ended run ended.

    run: what it logged. pruned: why the sweep stopped it, "" where it did not. cause: with it.
    """
    record = _summary(folder)
    duration = float(record.get("duration_s") or 0.0)
    gpu_hours = float(record.get("gpu_hours") or 0.0)
    steps = None if run is None else run.last_step
    steps = steps if steps is not None and math.isfinite(steps) else None

    def ending(state: Any, reason: str = "", **more: Any) -> Ending:
        return Ending(state, reason, duration_s=duration, gpu_hours=gpu_hours, steps=steps, **more)

    ended = str(record.get("ended", ""))
    if pruned:
        value, error = value_of(run, objective)
        return ending("pruned", pruned, cause=cause, value=value, error=error)
    if ended.startswith(STOPPED):
        return ending("preempted", ended)
    if not record or ended == UNKNOWN_END:  # a run that was cut short has no value
        return ending("preempted", "launch was killed, so how the run ended is not known")
    crash = record.get("crash")
    if isinstance(crash, dict) and "id" in crash:
        return _crashed(ending, record, crash)
    value, error = value_of(run, objective)
    signal = shown_name(objective.signal)
    if value is None:
        logged = run is not None and run.get(objective.signal) is not None
        if logged:
            return ending("infeasible", f"{signal} ended in NaN or infinity", repeats=True)
        return ending("failed", f"the run logged no {signal}", repeats=True)
    return ending("complete", ended, value=value, error=error)


def value_of(run: Run | None, objective: Objective) -> tuple[float | None, float | None]:
    """Return the objective of a run and its standard error, None where it is no number.

    The error is of the noise within the run: what another seed would do is not in it.
    """
    series = None if run is None else run.get(objective.signal)
    if run is None or series is None or not len(series):
        return None, None
    found = outcome(run.name, series, objective.low)
    value = found.best if objective.at == "best" else found.end
    if not math.isfinite(value):
        return None, None
    return value, found.error if math.isfinite(found.error) else None


def _crashed(ending: Any, record: dict[str, Any], crash: dict[str, Any]) -> Ending:
    found: Ending
    name = str(crash["id"])
    told = f"it crashed: {crash.get('cause', name)}"
    if record.get("exit_code") == INFEASIBLE_CODE:
        found = ending("infeasible", f"its exit code {INFEASIBLE_CODE} says: it cannot run so",
                       cause=name, repeats=True)  # fmt: skip
    elif name in INFEASIBLE_CRASHES:
        found = ending("infeasible", told, cause=name, repeats=True)
    else:
        found = ending("failed", told, cause=name, repeats=crash.get("repeats") == "always")
    return found


def log_of(folder: Path) -> Path:
    """Return what is to be read of the run in `folder`: its log where that lies elsewhere."""
    log = _summary(folder).get("log")
    return Path(log) if isinstance(log, str) and Path(log).exists() else folder


def _summary(folder: Path) -> dict[str, Any]:
    try:
        record = json.loads((folder / SUMMARY_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}
