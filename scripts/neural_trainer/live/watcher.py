"""Judges a log that is growing, whoever writes it: one line per alarm, and nothing else."""

from __future__ import annotations

import json
import os
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from neural_trainer.diagnosis import alarms, diagnose
from neural_trainer.errors import ReadError
from neural_trainer.live.relay import POLL_S, SCHEMA
from neural_trainer.render.report_text import printable
from neural_trainer.runs.read import read

QUIET = 20  # polls without a byte after which it looks less often
MOST_WAIT_S = 10.0


def watch(
    path: str,
    out: TextIO,
    *,
    once: bool = False,
    as_json: bool = False,
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Print a line for each symptom of a faulty verdict on the log at `path`, when it appears.

    Raises ReadError where there is nothing at `path` to begin with.
    """
    if not Path(path).exists():
        raise ReadError(f"{path}: no such file or folder; expected a log that is being written")
    raised: set[str] = set()
    size, idle = -1, 0
    while True:
        now = _size(Path(path))
        if now != size:
            size, idle = now, 0
            for alarm in _new_alarms(path, raised):
                line = json.dumps(alarm) if as_json else sentence(alarm)
                print(line, file=out, flush=True)
        else:
            idle += 1
        if once or stop():
            return
        sleep(POLL_S if idle < QUIET else MOST_WAIT_S)


def _new_alarms(path: str, raised: set[str]) -> list[dict[str, Any]]:
    """Return each alarm that is not in `raised`, and keep `raised` up to date."""
    try:
        run = read(path)
    except ReadError:  # nothing to judge yet, or caught while it is rewritten: the next poll tells
        return []
    report = diagnose(run)
    new = [
        {
            "schema": SCHEMA,
            "run": run.name,
            "symptom": finding.symptom,
            "step": finding.step,
            "message": finding.evidence[0],
            "cause": report.root_causes[0].cause if report.root_causes else "unknown",
            "confidence": round(report.root_causes[0].confidence, 4) if report.root_causes else 0.0,
            "path": path,
        }
        for finding in alarms(report)
        if finding.symptom not in raised
    ]
    if report.verdict != "faulty":  # what went away inside a faulty run may come back: told once
        raised.clear()
    raised.update(str(alarm["symptom"]) for alarm in new)
    return new


def sentence(alarm: dict[str, Any]) -> str:
    """Return an alarm as one line for people."""
    return (
        f"neural-trainer: {printable(alarm['run'])}: {alarm['symptom']}: {alarm['message']} Likely "
        f"{alarm['cause']} ({100 * alarm['confidence']:.0f} %). Look closer: neural-trainer "
        f"diagnose {shlex.quote(printable(alarm['path']))}"
    )


def _size(path: Path) -> int:
    """Return the bytes at `path`, of all its files where it is a folder; 0 once it is gone."""
    try:
        if path.is_dir():
            return sum(entry.stat().st_size for entry in os.scandir(path) if entry.is_file())
        return path.stat().st_size
    except OSError:
        return 0
