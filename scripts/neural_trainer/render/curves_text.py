"""What the curves of a run show, signal by signal, as text and as data."""

from __future__ import annotations

import math
import shlex
from dataclasses import asdict
from fnmatch import fnmatch
from typing import Any

from neural_trainer.diagnosis.report import Report
from neural_trainer.errors import NeuralTrainerError
from neural_trainer.render.report_text import printable, wrapped
from neural_trainer.runs.names import better
from neural_trainer.runs.run import Run
from neural_trainer.signals.summary import Summary, summarise

SCHEMA = "neural-trainer/curves/1"
MOVES = 3.0  # standard errors from which the last third is called rising or falling
FEWEST = 4  # points from which a curve can be said to move
MOST = 24  # signals shown where none were asked for
FIRST = ("loss", "eval/loss", "reward", "eval/reward", "accuracy", "eval/accuracy", "lr",
         "grad_norm")  # fmt: skip


def chosen(run: Run, patterns: list[str], may_lack: bool = False) -> list[str]:
    """Return the run's signals that match one of `patterns` (as in a shell), the chief ones first.

    Raises NeuralTrainerError for a pattern that matches nothing, unless the run `may_lack` it.
    """
    names = [name for name in run.signals if run.get(name) is not None]
    names.sort(key=lambda n: (FIRST.index(n) if n in FIRST else len(FIRST), n))
    for pattern in patterns:
        if not may_lack and not any(fnmatch(name, pattern) for name in names):
            known = ", ".join(names[:12])
            raise NeuralTrainerError(f"{run.name} has no signal {pattern!r}; it has {known}")
    if not patterns:
        return names
    return [name for name in names if any(fnmatch(name, pattern) for pattern in patterns)]


def to_text(run: Run, report: Report, patterns: list[str]) -> str:
    """Return a table of the signals and what was seen in them, in 80 columns."""
    names = chosen(run, patterns)
    hidden = 0 if patterns else max(0, len(names) - MOST)
    rows: list[tuple[str, ...]] = [
        ("signal", "points", "first", "last", "best", "at", "last third")
    ]
    for name in names[: len(names) - hidden]:
        rows.append(_row(name, summarise(run.signals[name], better(name))))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [f"{printable(run.name)} ({run.format}, {run.axis} up to {run.last_step:.0f})", ""]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    if hidden:
        lines.append(f"… and {hidden} more: --signal '*' shows all")
    if report.symptoms:
        lines += ["", "Seen:"]
        lines += [wrapped(f"- {line}", "", "  ") for f in report.symptoms for line in f.evidence]
    return "\n".join(lines)


def to_dict(run: Run, report: Report, patterns: list[str]) -> dict[str, Any]:
    """Return the same as plain data; numbers that are not finite become null."""
    return {
        "schema": SCHEMA,
        "run": run.name,
        "source": {"path": run.source, "format": run.format, "axis": run.axis},
        "signals": {
            name: {
                "logged_as": run.logged_as.get(name, name),
                "better": better(name),
                **{
                    key: value if math.isfinite(value) else None
                    for key, value in asdict(summarise(run.signals[name], better(name))).items()
                },
            }
            for name in chosen(run, patterns)
        },
        "symptoms": [{"symptom": f.symptom, "evidence": list(f.evidence)} for f in report.symptoms],
        "notes": list(run.notes),
    }


def _row(name: str, summary: Summary) -> tuple[str, ...]:
    move = "flat" if summary.points >= FEWEST else ""
    if abs(summary.trend_z) >= MOVES:
        move = "rising" if summary.trend_z > 0 else "falling"
    if summary.nonfinite:
        move += f", {summary.nonfinite} not finite"
    best = "" if math.isnan(summary.best) else f"{summary.best:.4g}"
    at = "" if math.isnan(summary.best_step) else f"{summary.best_step:.0f}"
    shown = printable(name)
    return (
        shown if len(shown) <= 28 else shown[:25] + "...",
        str(summary.points), f"{summary.first:.4g}", f"{summary.last:.4g}", best, at, move,
    )  # fmt: skip


def quoted(paths: list[str]) -> str:
    """Return paths as a shell takes them, without control characters."""
    return " ".join(shlex.quote(printable(path)) for path in paths)
