"""A comparison of two runs as text and as data."""

from __future__ import annotations

import math
from textwrap import fill
from typing import Any

from neural_trainer.render.report_text import WIDTH
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.study.compare import Comparison, Outcome

SCHEMA = "neural-trainer/comparison/1"
LIMIT = "One run each: the difference between seeds is not in this error."


def to_text(comparison: Comparison) -> str:
    """Return the comparison as lines of at most 79 columns."""
    c = comparison
    rows: list[tuple[str, ...]] = [("", "run", "end", "best", "at", "last step", "not finite")]
    rows += [_row("before", c.before), _row("after", c.after)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    table = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    direction = "lower" if c.lower_is_better else "higher"
    verdict = (
        f"{c.measure} ({direction} is better): {c.verdict.upper()}. Difference "
        f"{_number(c.difference)} (standard error {_number(c.error)}). {LIMIT}"
    )
    return "\n".join([*(line.rstrip() for line in table), "", fill(verdict, WIDTH)])


def to_dict(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as plain data; numbers that are not finite become strings."""
    c = comparison
    return {
        "schema": SCHEMA,
        "measure": c.measure,
        "lower_is_better": c.lower_is_better,
        "before": _outcome(c.before),
        "after": _outcome(c.after),
        "difference": _plain(c.difference),
        "standard_error": _plain(c.error),
        "verdict": c.verdict,
        "limit": LIMIT,
    }


def _row(label: str, outcome: Outcome) -> tuple[str, ...]:
    return (
        label,
        shown_name(outcome.run, 24),
        _number(outcome.end),
        _number(outcome.best),
        f"{outcome.best_step:.0f}",
        f"{outcome.last_step:.0f}",
        str(outcome.nonfinite),
    )


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {name: value if isinstance(value, str) else _plain(value)
            for name, value in vars(outcome).items()}  # fmt: skip


def _number(value: float) -> str:
    return f"{value:.4g}"


def _plain(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)
