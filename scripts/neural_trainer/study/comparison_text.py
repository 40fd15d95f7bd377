"""Comparisons as text for a terminal of 80 columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import fill

from neural_trainer.render.report_text import WIDTH
from neural_trainer.runs.plain_text import printable, shown_name
from neural_trainer.study.compare import Comparison, Reading
from neural_trainer.study.comparison_json import LIMIT
from neural_trainer.study.comparison_json import to_dict as to_dict
from neural_trainer.study.ends import Outcome

SHOWN_RUNS = 8  # a side
SHOWN_NOTES = 6
LONGEST_NAME = 22
_METHODS = {
    "paired t": "t interval of {n} pairs",
    "Welch t": "Welch's t, {n} and {m} runs",
    "pooled t": "t interval, one side's scatter for both",
    "blocks t": "t interval over blocks of time",
    "bootstrap": "stratified bootstrap, {n} and {m} runs",
    "none": "no interval: nothing tells the scatter",
}


def to_text(comparison: Comparison) -> str:
    """Return the comparison as lines of at most 79 columns."""
    c = comparison
    lines = [*_table(c), "", verdict(c)]
    lines += [_wrapped(f"at equal {r.at}: {reading(r)}") for r in c.readings if r.at != c.at]
    lines += [_wrapped(f"note: {printable(note, 300)}") for note in c.notes[:SHOWN_NOTES]]
    return "\n".join(lines)


def all_to_text(comparisons: Sequence[Comparison]) -> str:
    """Return comparisons by several measures, with what was done about their number."""
    if len(comparisons) == 1:
        return to_text(comparisons[0])
    told = f"{len(comparisons)} measures: p-values are corrected for their number (Holm 1979)."
    return "\n\n".join([*map(to_text, comparisons), told])


def _table(c: Comparison) -> list[str]:
    rows: list[tuple[str, ...]] = [("", "run", "end", "best", "at", "last step", "not finite")]
    more = []
    for label, runs in (("before", c.before_runs), ("after", c.after_runs)):
        rows += [_row(label, run) for run in runs[:SHOWN_RUNS]]
        if len(runs) > SHOWN_RUNS:
            more.append(f"… and {len(runs) - SHOWN_RUNS} more {label}: --json holds all")
    if not c.alone:
        for label, side in (("before", c.before), ("after", c.after)):
            name = "interquartile mean" if c.statistic == "iqm" else "mean"
            rows.append((label, name, number(side.end), number(side.best), "", "", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        *("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
          for row in rows),
        *more,
    ]  # fmt: skip


def _row(label: str, outcome: Outcome) -> tuple[str, ...]:
    return (
        label,
        shown_name(outcome.run, LONGEST_NAME),
        number(outcome.end),
        number(outcome.best),
        f"{outcome.best_step:.6g}",
        f"{outcome.last_step:.6g}",
        str(outcome.nonfinite),
    )


def verdict(c: Comparison) -> str:
    """Return what the comparison comes to, in lines."""
    direction = "lower" if c.lower_is_better else "higher"
    parts = [f"{shown_name(c.measure)} ({direction} is better): {c.verdict.upper()}."]
    here = next(r for r in c.readings if r.at == c.at)
    parts.append(f"At equal {c.at}, {_place(here)}.")
    if not math.isnan(c.difference):
        parts.append(f"Difference {number(c.difference)} (standard error {number(c.error)}),")
        parts.append(f"{interval(c)}{_relative(c)}.")
    if c.margin is not None:
        parts.append(f"Margin {number(c.margin)}.")
    if c.why:
        parts.append(f"{c.why}.")
    if c.verdict == "inconclusive":
        parts.append(_further(c))
    parts.append(LIMIT if c.alone else _paired(c))
    return _wrapped(" ".join(parts), "")


def interval(c: Comparison) -> str:
    """Return the interval of the verdict, its level and how it was made."""
    e = c.estimate
    how = _METHODS[e.method].format(n=e.num_before, m=e.num_after)
    if e.method == "none":
        return how
    return f"{100 * e.level:g}% interval {_limits(e.low, e.high)} ({how}), p {_p(c.p)}"


def _relative(c: Comparison) -> str:
    level = abs(c.before.end)
    if not (level > 0 and abs(c.difference) < 100 * level):
        return ""
    share = 100 * c.difference / level
    return f", {share:+.0f}% of before" if abs(share) >= 10 else f", {share:+.2g}% of before"


def _further(c: Comparison) -> str:
    further = c.further
    if further.count is None:
        return f"Runs still needed: {further.why}."
    runs = "run" if further.count == 1 else "runs"
    return f"At least {further.count} more {runs} a side: {further.why}."


def _paired(c: Comparison) -> str:
    told = {
        "seed": "Paired by seed.",
        "name": "Paired by name.",
        "plan": "Paired as planned.",
        "none": "Not paired.",
    }
    return told[c.pairing.by]


def reading(found: Reading) -> str:
    """Return the difference at one place of one axis."""
    e = found.estimate
    if e is None:
        return f"not compared ({printable(found.reason, 200)})"
    if math.isnan(e.difference):
        return f"a side is lost, at {_place(found)}"
    limits = "without an interval" if e.method == "none" else _limits(e.low, e.high)
    return f"{number(e.difference)} {limits}, at {_place(found)}"


def _place(reading: Reading) -> str:
    place = f"{reading.place:.6g}"
    if reading.at == "steps":
        return f"{printable(reading.unit)} {place}"
    return f"{place} {reading.unit}"


def _limits(low: float, high: float) -> str:
    return f"[{number(low)}, {number(high)}]"


def _p(p: float) -> str:
    return "< 0.0001" if p < 1e-4 else f"{p:.2g}"


def _wrapped(text: str, hanging: str = "  ") -> str:
    return fill(text, WIDTH, subsequent_indent=hanging, break_on_hyphens=False)


def number(value: float) -> str:
    """Return a number in four digits."""
    return f"{value:.4g}"
