"""How a launched run ended, in numbers: summary.json, and the text that is printed."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neural_trainer.diagnosis import Report
from neural_trainer.live.launch.caps import Spent
from neural_trainer.live.launch.restarts import Attempt
from neural_trainer.live.reproducibility import in_words, recorded
from neural_trainer.live.run_folder import SUMMARY_FILE, write_json
from neural_trainer.live.summary import Extremes
from neural_trainer.runs.plain_text import printable
from neural_trainer.runs.run import Run

SCHEMA = "neural-trainer/summary/1"
MOST_LISTED = 5  # checkpoints


def summary(
    *,
    ended: str,
    code: int | None,
    run_folder: Path,
    log: Path | None,
    run: Run | None,
    report: Report | None,
    attempts: Sequence[Attempt],
    alarms: Sequence[dict[str, Any]],
    spent: Spent,
    checkpoints: Sequence[Path],
    notes: Sequence[str],
) -> dict[str, Any]:
    """Return what summary.json holds; what the Monitor noted in it is kept."""
    crash = attempts[-1].crash if attempts else None
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "ended": ended,
        "exit_code": code,
        "duration_s": round(spent.hours * 3600, 3),
        "gpu_hours": round(spent.gpu_hours, 4),
        **_numbers(run),
        "run": str(run_folder),
        "log": str(log) if log is not None else None,
        "stdout": str(run_folder / "stdout.log"),
        "checkpoints": [str(path) for path in checkpoints[-MOST_LISTED:]],
        "num_checkpoints": len(checkpoints),
        "alarms": [
            {key: alarm[key] for key in ("id", "step", "message", "cause")} for alarm in alarms
        ],
        "attempts": [as_entry(attempt) for attempt in attempts],
    }
    conditions = recorded(run_folder)
    if conditions is not None:
        record["reproducibility"] = conditions
    if crash is not None:
        record["crash"] = crash._asdict()
    if report is not None:
        record["verdict"] = report.verdict
        if report.verdict == "faulty" and report.root_causes:
            record["cause"] = report.root_causes[0].cause
            record["confidence"] = float(report.root_causes[0].confidence)
    record["notes"] = [*_earlier_notes(run_folder), *notes]
    record["next"] = _next(run_folder, log, report, run)
    return record


def write(run_folder: Path, record: dict[str, Any]) -> str:
    """Write summary.json; return why it could not be, "" where it was."""
    try:
        write_json(run_folder / SUMMARY_FILE, record)
    except OSError as error:
        return f"no {SUMMARY_FILE}: {error.strerror or error}"
    return ""


def to_text(record: dict[str, Any]) -> str:
    """Return the summary for people."""
    lines = [f"Run {shown_path(record['run'])}: {record['ended']}"]
    for stage in record.get("stages", ()):
        passed = "passed" if stage["passed"] else "failed"
        steps = f", to step {stage['steps']:g}" if "steps" in stage else ""
        lines.append(
            f"  stage {stage['stage']}: {passed} in {_duration(stage['duration_s'])}{steps}"
        )
    if "crash" in record:
        crash = record["crash"]
        if crash["quote"]:
            lines.append(f'  its last line (quoted, from the log): "{crash["quote"]}"')
        lines.append(f"  what to do: {crash['do']}")
    told = [f"{record['steps']} steps"] if record.get("steps") else ["no step was seen"]
    told.append(f"{_duration(record['duration_s'])}")
    if record.get("throughput"):
        told.append(f"{record['throughput']:.4g} items/s")  # samples or tokens, as it was logged
    if record.get("steps_per_s"):
        told.append(f"{record['steps_per_s']:.4g} steps/s")
    if record["gpu_hours"]:
        told.append(f"{record['gpu_hours']:.2f} GPU hours")
    lines.append(f"  {', '.join(told)}; {_attempts(record)}")
    for key, name in (("loss", "loss"), ("eval_loss", "validation loss")):
        if key in record:
            points = [
                f"{word} {_value(point['value'])} (step {point['step']:g})"
                for word, point in record[key].items()
            ]
            lines.append(f"  {name}: {', '.join(points)}")
    if "eval_loss" not in record and "loss" in record:
        lines.append("  validation loss: none was logged")
    verdict = record.get("verdict", "cannot_judge")
    cause = f": {record['cause']} ({100 * record['confidence']:.0f} %)" if "cause" in record else ""
    lines.append(f"  verdict: {verdict}{cause}; {len(record['alarms'])} alarms")
    for path in record["checkpoints"][-1:]:
        lines.append(f"  newest of {record['num_checkpoints']} checkpoints: {shown_path(path)}")
    if "reproducibility" in record:
        lines += [f"  {printable(line)}" for line in in_words(record["reproducibility"])]
    lines.append(f"  printed: {shown_path(record['stdout'])}")
    lines += [f"  note: {printable(note)}" for note in record["notes"]]
    lines.append(f"Next: {printable(record['next'])}")
    return "\n".join(lines)


def _numbers(run: Run | None) -> dict[str, Any]:
    """Return steps, losses with their steps, the median throughput and pace, where logged."""
    extremes = Extremes()
    if run is None:
        return extremes.summary()
    for name in ("loss", "eval/loss"):
        series = run.get(name)
        if series is not None:
            for step, value in zip(series.step.tolist(), series.value.tolist(), strict=True):
                extremes.observe(step, {name: value})
    record = extremes.summary()
    last = run.last_step
    record["steps"] = int(last) if math.isfinite(last) and last == int(last) else last
    throughput = run.get("throughput")
    if throughput is not None and len(throughput.finite()):
        record["throughput"] = float(np.median(throughput.finite().value))
    step_time = run.get("step_time_s")
    if step_time is not None and len(step_time.finite()):
        of_a_step = float(np.median(step_time.finite().value))
        if of_a_step > 0:
            record["steps_per_s"] = 1 / of_a_step
    return record


def as_entry(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt as summary.json and launch's state list it."""
    return {
        "number": attempt.number,
        "first_step": attempt.first_step,
        "last_step": attempt.last_step,
        "ended": attempt.ended,
        "crash": attempt.crash.id if attempt.crash is not None else None,
    }


def _earlier_notes(run_folder: Path) -> list[str]:
    try:
        record = json.loads((run_folder / SUMMARY_FILE).read_text(encoding="utf-8"))
        return [str(note) for note in record["notes"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []


def shown_path(path: str | Path) -> str:
    """Return a path as it is written from here."""
    whole, here = Path(path), Path.cwd()
    return printable(str(whole.relative_to(here) if whole.is_relative_to(here) else whole), 300)


def _next(run_folder: Path, log: Path | None, report: Report | None, run: Run | None) -> str:
    if run is None:
        return f"less {shlex.quote(shown_path(run_folder / 'stdout.log'))}"
    verb = "diagnose" if report is None or report.verdict == "faulty" else "curves"
    return f"neural-trainer {verb} {shlex.quote(shown_path(log or run_folder))}"


def _attempts(record: dict[str, Any]) -> str:
    count = len(record["attempts"]) - 1
    return f"{count} restart{'s' if count != 1 else ''}" if count > 0 else "no restart"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)
