"""Crashes as events of runs: read from the end of a text log, or from what lies in a run folder."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from neural_trainer.runs.crash_reasons import Reason, reason_of
from neural_trainer.runs.crash_text import PRINTED, crash_of_log
from neural_trainer.runs.folder_files import METRICS_FILE, STDOUT_FILE, SUMMARY_FILE
from neural_trainer.runs.lines import text
from neural_trainer.runs.run import CRASH, Event, Run

_STOPPED = "terminated"  # by a scheduler or a person: the run itself did not crash
_HEAD = 1 << 16  # bytes that tell text from other files


def crash(run: Run) -> Reason | None:
    """Return the reason for which `run` crashed, None where nothing says that it did."""
    ids = [event.text for event in run.events if event.kind == CRASH]
    return reason_of(ids[-1]) if ids else None


def with_crash(runs: list[Run], log: Path) -> list[Run]:
    """Return the runs of a text log, the last with the crash that the log ends in, if it does."""
    if not runs or runs[-1].format not in PRINTED:
        return runs
    return [*runs[:-1], _crashed(runs[-1], crash_of_log(log))]


def with_crash_of_folder(run: Run, folder: Path) -> Run:
    """Return the run of a run folder with the crash that its summary, else its stdout.log, tells.

    Metrics that are newer than stdout.log are of a run that went on.
    """
    if (folder / SUMMARY_FILE).is_file():
        record: Any = None
        with suppress(OSError, ValueError, RecursionError):
            record = json.loads((folder / SUMMARY_FILE).read_text(encoding="utf-8"))
        told = record.get("crash") if isinstance(record, dict) else None
        name = told.get("id") if isinstance(told, dict) else None
        return _crashed(run, name if isinstance(name, str) else "")
    stdout = folder / STDOUT_FILE
    with suppress(OSError):
        if stdout.stat().st_mtime >= (folder / METRICS_FILE).stat().st_mtime:
            return _crashed(run, crash_of_log(stdout))
    return run


def crashed_alone(log: Path) -> Run | None:
    """Return the run of a text without metrics that ends in a crash, None where it does not."""
    try:
        with log.open("rb") as file:
            is_text = text(file.read(_HEAD)) is not None
        name = crash_of_log(log) if is_text else ""
    except OSError:
        return None
    if not name:
        return None
    run = Run(log.stem, str(log), "text-log", {}, notes=("it holds no metrics: it is read for how"
              " it ended",))  # fmt: skip
    return _crashed(run, name)


def _crashed(run: Run, name: str) -> Run:
    if reason_of(name) is None or name == _STOPPED:
        return run
    last = run.last_step
    event = Event(last if math.isfinite(last) else 0.0, CRASH, name)
    return replace(run, events=(*run.events, event))
