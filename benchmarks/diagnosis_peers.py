"""Tools of others that read a log, each asked through its API, by the Python of .peers-diagnosis.

Reads from stdin one JSON object a line, {"tool", "log"}, the log a table as the fault gym writes
it, and answers each with a line: {"alarms", "said", "seconds", "bytes", "error"}. An alarm is what
the tool itself calls a warning or worse. said: its sentences, the first ones first.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

LONGEST_S = 300  # that a tool may take for a table
SURE = 0.7  # training-doctor: the confidence of those diagnoses that are counted on their own

# What a column is called for the tool to take it for what it is.
COLUMNS = {
    "runmedic": {"process_memory_bytes": "host_memory_bytes"},
    "trainproof": {"step_time_s": "step_time", "data_time_s": "data_time"},
    "training-doctor": {"train_loss": "loss"},
    "sk-autod": dict[str, str](),
}


class Told(NamedTuple):
    """What a tool says of a run. said: its sentences in its order; text: all that it prints."""

    alarms: bool
    said: list[str]
    text: str


def runmedic(log: Path) -> Told:
    """Ask runmedic: findings by severity, each with its causes in order."""
    from runmedic import checks, loaders, report, roles  # type: ignore[import-not-found]

    (run,) = loaders.load(str(log))
    detected = roles.detect(run)
    found = checks.run_checks(run, detected)
    said = [text for one in found for text in (one.title, *one.causes)]
    alarms = any(one.severity != "info" for one in found)
    return Told(alarms, said, report.to_text(run, detected, found))


def trainproof(log: Path) -> Told:
    """Ask trainproof: its findings, the failures first."""
    from trainproof.epoch import check_epoch  # type: ignore[import-not-found]
    from trainproof.report import print_verdict_console  # type: ignore[import-not-found]

    report = check_epoch(log)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        print_verdict_console(report["verdict"], report["findings"])
    found = [one for one in report["findings"] if one["level"] in ("FAIL", "WARN")]
    found.sort(key=lambda one: one["level"])  # FAIL comes before WARN
    said = [text for one in found for text in (one["message"], one["evidence"])]
    return Told(bool(found), said, printed.getvalue())


def training_doctor(log: Path, least: float = 0.0) -> Told:
    """Ask training-doctor: its diagnoses, the surest first. least: confidence that counts."""
    from training_doctor import Doctor  # type: ignore[import-not-found]

    found = [one for one in Doctor().load(log).analyze() if one.confidence >= least]
    found.sort(key=lambda one: -one.confidence)
    said = [text for one in found for text in (one.problem, one.explanation, *one.suggestions)]
    return Told(bool(found), said, "\n\n".join(map(str, found)))


def sk_autod(log: Path) -> Told:
    """Ask sk-autod: its findings, by severity, of the two losses at each evaluation."""
    from sk_autod import diagnose  # type: ignore[import-not-found]
    from sk_autod.reports.text import render_text  # type: ignore[import-not-found]

    report = diagnose(*both_losses(log))
    said = [
        text for one in report.findings
        for text in (one.detector_name, one.message, one.recommendation)
    ]  # fmt: skip
    return Told(bool(report.findings), said, render_text(report))


def both_losses(log: Path) -> tuple[list[float], list[float]]:
    """Return training and held-out loss of those rows of a table that have both."""
    with log.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    both = [(row.get("train_loss"), row.get("val_loss")) for row in rows]
    pairs = [(float(train), float(val)) for train, val in both if train and val]
    return [train for train, _ in pairs], [val for _, val in pairs]


TOOLS: dict[str, tuple[str, Callable[[Path], Told]]] = {
    "runmedic": ("runmedic", runmedic),
    "trainproof": ("trainproof", trainproof),
    "training-doctor": ("training-doctor", training_doctor),
    f"training-doctor, from {SURE} on": (
        "training-doctor", lambda log: training_doctor(log, SURE)
    ),
    "sk-autod": ("sk-autod", sk_autod),
}  # fmt: skip
"""Name in the tables -> the tool, and what asks it about a table."""


def renamed(log: Path, names: dict[str, str], folder: Path) -> Path:
    """Write a table with columns called as in `names` into a folder; return where it lies."""
    head, _, rows = log.read_text(encoding="utf-8").partition("\n")
    columns = [names.get(name, name) for name in head.rstrip("\r").split(",")]
    path = folder / "log.csv"
    path.write_text(",".join(columns) + "\n" + rows, encoding="utf-8")
    return path


def asked(name: str, log: Path) -> dict[str, Any]:
    """Return what a tool says of a table, and what that took; silent where it raises."""
    tool, ask = TOOLS[name]
    with tempfile.TemporaryDirectory() as folder:
        table = renamed(log, COLUMNS[tool], Path(folder))
        signal.signal(signal.SIGALRM, _too_long)
        start = time.perf_counter()
        signal.alarm(LONGEST_S)
        try:
            told, error = ask(table), ""
        except Exception as raised:
            told, error = Told(False, [], ""), f"{type(raised).__name__}: {raised}"
        finally:
            signal.alarm(0)
        seconds = time.perf_counter() - start
    return {
        "alarms": told.alarms, "said": told.said, "seconds": seconds,
        "bytes": len(told.text.encode()), "error": error,
    }  # fmt: skip


def _too_long(*_: object) -> None:
    raise TimeoutError(f"longer than {LONGEST_S} seconds")


def main() -> int:
    """Answer each line of stdin."""
    for line in sys.stdin:
        task = json.loads(line)
        print(json.dumps(asked(task["tool"], Path(task["log"]))), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
