"""What the curves of a run show, signal by signal, as text and as data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from fnmatch import fnmatch
from typing import Any

from neural_trainer.diagnosis import diagnose
from neural_trainer.errors import NeuralTrainerError
from neural_trainer.render.report_text import (
    WIDTH,
    next_command,
    wrapped,
)
from neural_trainer.runs.names import better
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run
from neural_trainer.signals.summary import Summary, summarise

SCHEMA = "neural-trainer/curves/1"
MOVES = 3.0  # standard errors from which the last third is called rising or falling
FEWEST = 4  # points from which a curve can be said to move
MOST = 24  # signals shown where none were asked for
EACH = 4  # runs that have a table each
MOST_RUNS = 40  # rows in the table of a signal
MOST_COMPARED = 4  # signals of many runs without any of the chief ones
COLUMNS = ("points", "first", "last", "best", "at", "last third")
FIRST = ("loss", "eval/loss", "reward", "eval/reward", "accuracy", "eval/accuracy", "lr",
         "grad_norm")  # fmt: skip


def _place(name: str) -> tuple[int, str]:
    """Return what sorts the chief signals first."""
    return (FIRST.index(name) if name in FIRST else len(FIRST), name)


def chosen(run: Run, patterns: Sequence[str], may_lack: bool = False) -> list[str]:
    """Return the run's signals that match one of `patterns` (as in a shell), the chief ones first.

    Raises NeuralTrainerError for a pattern that matches nothing, unless the run `may_lack` it.
    """
    names = [name for name in run.signals if run.get(name) is not None]
    names.sort(key=_place)
    for pattern in patterns:
        if not may_lack and not any(fnmatch(name, pattern) for name in names):
            known = ", ".join(shown_name(name) for name in names[:12])
            more = ", …" if len(names) > 12 else ""
            raise NeuralTrainerError(
                f"{shown_name(run.name)} has no signal {pattern!r}; it has {known}{more}"
            )
    if not patterns:
        return names
    return [name for name in names if any(fnmatch(name, pattern) for pattern in patterns)]


def to_text(runs: Sequence[Run], patterns: Sequence[str], logs: Sequence[str]) -> str:
    """Return tables of the signals and what was seen in them, in 80 columns.

    Up to EACH runs have a table each, with a row a signal; more have a table a signal, with a row a
    run. logs: where the runs were read from. Raises NeuralTrainerError for a pattern that matches
    nothing in any run.
    """
    demand(runs, patterns)
    each = len(runs) <= EACH
    tables = [_of_run(run, patterns) for run in runs] if each else _of_signals(runs, patterns)
    return "\n\n".join([*filter(None, tables), next_command("diagnose", logs)])


def demand(runs: Sequence[Run], patterns: Sequence[str]) -> None:
    """Raise NeuralTrainerError for a pattern that matches nothing in any run."""
    for pattern in patterns:
        if not any(chosen(run, [pattern], may_lack=True) for run in runs):
            chosen(runs[0], [pattern])


def _of_run(run: Run, patterns: Sequence[str]) -> str:
    names = chosen(run, patterns, may_lack=True)
    if not names:
        return ""
    shown = names if patterns else names[:MOST]
    rows = [(name, *_cells(summarise(run.signals[name], better(name)))) for name in shown]
    lines = [_heading(run), "", *_table("signal", rows)]
    if len(names) > len(shown):
        lines.append(f"… and {len(names) - len(shown)} more: --signal '*' shows all")
    seen = diagnose(run).symptoms
    if seen:
        lines += ["", "Seen:"]
        lines += [wrapped(f"- {line}", "", "  ") for f in seen for line in f.evidence]
    return "\n".join(lines)


def _of_signals(runs: Sequence[Run], patterns: Sequence[str]) -> list[str]:
    names = dict.fromkeys(name for run in runs for name in chosen(run, patterns, may_lack=True))
    shown = sorted(names, key=_place)
    if not patterns:
        shown = [name for name in shown if name in FIRST] or shown[:MOST_COMPARED]
    tables = [_of_signal(runs, name) for name in shown[:MOST]]
    left = len(names) - len(tables)
    more = f"… and {left} more signals: --signal NAME shows one" if left else ""
    return [f"{len(runs)} runs", *tables, more]


def _of_signal(runs: Sequence[Run], name: str) -> str:
    """Return a row for each run that has the signal, the best at its end first."""
    sign = {"lower": 1.0, "higher": -1.0}.get(better(name) or "", 0.0)
    having = [(run.name, series) for run in runs if (series := run.get(name)) is not None]
    rows = [(run, summarise(series, better(name)), series.value[-1]) for run, series in having]
    rows.sort(key=lambda row: sign * row[1].last if math.isfinite(row[2]) else math.inf)
    order = ", best at its end first" if sign else ""
    lines = [f"{shown_name(name, 50)}: {len(rows)} of {len(runs)} runs{order}", ""]
    lines += _table("run", [(run, *_cells(summary)) for run, summary, _ in rows[:MOST_RUNS]])
    if len(rows) > MOST_RUNS:
        lines.append(f"… and {len(rows) - MOST_RUNS} more: --json and --csv hold all")
    return "\n".join(lines)


def _heading(run: Run) -> str:
    told = f" ({run.format}, {run.axis} up to {run.last_step:.0f})"
    return shown_name(run.name, WIDTH - len(told)) + told


def _table(first: str, rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return rows in columns, the first of them, which holds names, as wide as is left."""
    whole = [(first, *COLUMNS), *((shown_name(row[0], WIDTH), *row[1:]) for row in rows)]
    widths = [max(len(row[column]) for row in whole) for column in range(len(whole[0]))]
    widths[0] = min(widths[0], WIDTH - sum(widths[1:]) - 2 * (len(widths) - 1))
    names = [first, *(shown_name(row[0], widths[0]) for row in rows)]
    return [
        "  ".join(
            [f"{name:<{widths[0]}}"]
            + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        ).rstrip()
        for name, row in zip(names, whole, strict=True)
    ]


def to_dict(runs: Sequence[Run], patterns: Sequence[str]) -> dict[str, Any]:
    """Return the same as plain data; numbers that are not finite become null."""
    demand(runs, patterns)
    told = [_plain(run, patterns) for run in runs]
    return told[0] if len(told) == 1 else {"schema": SCHEMA, "runs": told}


def _plain(run: Run, patterns: Sequence[str]) -> dict[str, Any]:
    seen = diagnose(run).symptoms
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
            for name in chosen(run, patterns, may_lack=True)
        },
        "symptoms": [{"symptom": f.symptom, "evidence": list(f.evidence)} for f in seen],
        "notes": list(run.notes),
    }


def _cells(summary: Summary) -> tuple[str, ...]:
    move = "flat" if summary.points >= FEWEST else ""
    if abs(summary.trend_z) >= MOVES:
        move = "rising" if summary.trend_z > 0 else "falling"
    if summary.nonfinite:
        lost = "all" if summary.nonfinite == summary.points else str(summary.nonfinite)
        move = "" if lost == "all" else move
        move = f"{move}, {lost} not finite".removeprefix(", ")
    best = "" if math.isnan(summary.best) else f"{summary.best:.4g}"
    at = "" if math.isnan(summary.best_step) else f"{summary.best_step:.0f}"
    first, last = ("" if math.isnan(x) else f"{x:.4g}" for x in (summary.first, summary.last))
    return (str(summary.points), first, last, best, at, move)
