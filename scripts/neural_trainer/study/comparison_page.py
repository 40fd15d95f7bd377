"""A comparison as one page: the verdict, the curves of both sides, each run, what was changed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from neural_trainer.live.masking import masked
from neural_trainer.live.plain_config import plain
from neural_trainer.render.drawable import drawable, rounded
from neural_trainer.render.figure_svg import Look, Shape, figure_svg
from neural_trainer.render.page import facts, page, row, section, shown, table
from neural_trainer.runs.origin import origin
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.course import blocks, smooth
from neural_trainer.study.compare import Comparison
from neural_trainer.study.comparison_text import number, reading, verdict
from neural_trainer.study.config_table import config_table
from neural_trainer.study.ends import Outcome

COLOURS = {"before": "c0", "after": "c1"}
MOST_RAW = 4  # runs a side whose points are drawn behind their course
MOST_RUNS = 24  # drawn a side
BARE = 100  # points below which a curve is its own course
DECADES = 50.0  # highest by nearly lowest, from which the axis is logarithmic
MOST_KEYS = 100


def to_page(comparisons: Sequence[Comparison], before: Sequence[Run], after: Sequence[Run]) -> str:
    """Return the page of comparisons of the same two sides, the first measure leading."""
    first = comparisons[0]
    sides = {"before": before, "after": after}
    title = f"{shown(shown_name(first.measure))}: {first.verdict}"
    head = "".join(
        f'<header class="{c.verdict}"><h1>{shown(shown_name(c.measure))}: '
        f'<span class="verdict">{c.verdict}</span></h1><p>{shown(_sentences(c), 2000)}</p></header>'
        for c in comparisons
    )
    return page(title, [
        head,
        section("Curves", "".join(_curves(c, sides) for c in comparisons)),
        section("At equal steps, time and compute", _readings(comparisons)),
        section("Runs", "".join(_outcomes(c) for c in comparisons)),
        section("What was changed", _changes([*before, *after])),
        section("Not in the error, and noted", _notes(comparisons)),
        section("Environment", _environment(sides)),
    ])  # fmt: skip


def _sentences(c: Comparison) -> str:
    return " ".join(verdict(c).split())


def _curves(c: Comparison, sides: dict[str, Sequence[Run]]) -> str:
    shapes: list[Shape] = []
    values = []
    for side, runs in sides.items():
        for place, run in enumerate(runs[:MOST_RUNS]):
            series = run.get(c.measure)
            if series is None:
                continue
            finite, _ = drawable(series)
            values.append(finite.value)
            course = _course(finite)
            if place < MOST_RAW and course is not finite:
                shapes.insert(0, Shape("raw", finite.step, finite.value, COLOURS[side]))
            shapes.append(Shape("curve", course.step, course.value, COLOURS[side], side))
    known = np.concatenate([np.zeros(0), *values])
    log = bool(len(known) and known.min() > 0 and known.max() > DECADES * np.percentile(known, 2))
    axis = next((run.axis for runs in sides.values() for run in runs), "step")
    look = Look(axis, shown_name(c.measure), log_y=log, width=960, height=300)
    return figure_svg(shapes, look)


def _course(finite: Series) -> Series:
    if len(finite) < BARE:
        return finite
    level = blocks(finite, 200)
    return Series(level.step, rounded(smooth(level.value, 5)))


def _readings(comparisons: Sequence[Comparison]) -> str:
    rows = [
        (shown_name(c.measure), f"equal {r.at}", " ".join(reading(r).split()))
        for c in comparisons
        for r in c.readings
    ]
    return table(("measure", "at", "difference, after minus before"), rows)


def _outcomes(c: Comparison) -> str:
    runs: list[tuple[str, Outcome]] = [("before", run) for run in c.before_runs]
    runs += [("after", run) for run in c.after_runs]
    rows = [
        (
            side, shown_name(run.run), number(run.end), number(run.best), f"{run.best_step:.6g}",
            f"{run.last_step:.6g}", str(run.nonfinite),
        )
        for side, run in runs
    ]  # fmt: skip
    head = ("", f"run, by {shown_name(c.measure)}", "end", "best", "at", "last step", "not finite")
    return table(head, rows)


def _changes(runs: Sequence[Run]) -> str:
    """Return the keys in which the configurations differ, a column a run."""
    some = runs[:8]
    entries = [entry for entry in config_table(some) if entry.differs][:MOST_KEYS]
    if not entries:
        return "<p>The configurations that are known do not differ.</p>"
    rows = [(e.key, *("not there" if v is None else v for v in e.values)) for e in entries]
    return table(("key", *(shown_name(run.name, 40) for run in some)), rows)


def _notes(comparisons: Sequence[Comparison]) -> str:
    notes = dict.fromkeys(note for c in comparisons for note in (*c.notes, c.why) if note)
    items = "".join(f"<li>{shown(note)}</li>" for note in notes)
    return f"<ul>{items}</ul>" if items else ""


def _environment(sides: dict[str, Sequence[Run]]) -> str:
    parts = []
    for side, runs in sides.items():
        for run in runs[:1]:
            known = masked(plain(origin(run)))
            rows = row("log", shown(run.source)) + facts(known)
            name = escape(f"{side}: {shown_name(run.name)}")
            parts.append(f"<details open><summary>{name}</summary><table>{rows}</table></details>")
    return "".join(parts)
