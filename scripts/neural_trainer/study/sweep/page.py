"""A sweep as one page: the best, each trial through all settings, slices, what else was told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.render.axes_svg import text
from neural_trainer.render.figure_svg import Look, Shape, figure_svg
from neural_trainer.render.page import page, section, shown, table, words, write_page
from neural_trainer.runs.plain_text import printable, shown_name
from neural_trainer.study.sweep.pictures import place
from neural_trainer.study.sweep.report import Report, Row
from neural_trainer.study.sweep.report_text import to_text
from neural_trainer.study.sweep.space import Parameter

MOST_ROWS = 200  # trials in the table, the best first
MOST_LINES = 500  # trials drawn through their settings, the best of them
MOST_SLICES = 24
WIDTH, HEIGHT, TOP, BOTTOM, SIDE = 960, 300, 34, 30, 60  # of the parallel coordinates
LOOKS = 'fill="none" stroke="#1f5fa8"'  # what the page's style overrides


def write_report(report: Report, out: Path) -> Path:
    """Write the page to `out` (.html) and return it."""
    if out.suffix.lower() != ".html":
        raise NeuralTrainerError(f"{out} ends in {out.suffix or 'nothing'}; expected .html")
    write_page(to_page(report), out)
    return out


def to_page(report: Report) -> str:
    """Return the page; without a trial that came to its end it has no picture."""
    sign = 1.0 if report.sweep.objective.low else -1.0
    valued = [(row.value, row) for row in report.rows if row.value is not None]
    ranked = [row for _, row in sorted(valued, key=lambda pair: (sign * pair[0], pair[1].number))]
    space = [p for p in report.sweep.space if any(p.name in row.settings for row in ranked)]
    name, signal = shown_name(report.sweep.name), shown_name(report.sweep.objective.signal)
    best = (
        f"Best: trial {report.best.number}, {signal} {report.best.value:.6g}."
        if report.best is not None
        else "No trial is best yet."
        if not report.plan
        else "The runs of a plan: compare judges."
    )
    tone = "healthy" if report.best is not None else "cannot_judge"
    return page(f"Sweep {shown(name)}", [
        f'<header class="{tone}"><h1>Sweep {shown(name)}</h1><p class="verdict">{shown(best)}</p>'
        "</header>",
        section("In words", words(to_text(report))),
        section("Each trial through its settings", _parallel(report, ranked, space)),
        section("Slices", _slices(report, ranked, space)),
        section("Trials", _trials(report, ranked)),
    ])  # fmt: skip


def _parallel(report: Report, ranked: Sequence[Row], space: Sequence[Parameter]) -> str:
    """Draw a line a trial from setting to setting to its value; the better the darker."""
    if not (ranked and space):
        return ""
    values = np.array([row.value for row in ranked], dtype=np.float64)
    low, high = float(values.min()), float(values.max())
    columns = np.linspace(SIDE, WIDTH - SIDE, len(space) + 1).tolist()
    foot, height = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    parts = []
    for rank, row in reversed([*enumerate(ranked[:MOST_LINES])]):
        at: list[float | None] = [
            place(p, row.settings[p.name]) if p.name in row.settings else None for p in space
        ]
        at.append((float(values[rank]) - low) / (high - low) if high > low else 0.5)
        parts.append(_line(columns, at, foot, height, rank, len(ranked), _is_best(report, row)))
    ends = [(p.choices[0], p.choices[-1]) if p.choices else (p.low, p.high) for p in space]
    names = [*(p.name for p in space), report.sweep.objective.signal]
    for x, name, (first, last) in zip(columns, names, [*ends, (low, high)], strict=True):
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{foot}"/>')
        parts.append(text("middle", x, TOP - 20, shown_name(name, 24)))
        parts.append(text("middle", x, TOP - 6, _value(last)))
        parts.append(text("middle", x, foot + 14, _value(first)))
    return (
        f'<figure><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="each trial through '
        f'its settings to its value">{"".join(parts)}</svg></figure>'
    )


def _line(
    columns: Sequence[float], at: Sequence[float | None], foot: float, height: float, rank: int,
    count: int, is_best: bool,
) -> str:  # fmt: skip
    told, drawing = [], False
    for x, share in zip(columns, at, strict=True):
        if share is not None:
            told.append(f"{'L' if drawing else 'M'}{x:.1f} {foot - share * height:.1f}")
        drawing = share is not None
    opacity = 1.0 if is_best else 0.7 - 0.6 * rank / max(1, count)
    kind = "curve best" if is_best else "trial c0"
    return f'<path class="{kind}" opacity="{opacity:.2f}" {LOOKS} d="{"".join(told)}"/>'


def _slices(report: Report, ranked: Sequence[Row], space: Sequence[Parameter]) -> str:
    """Draw the values over one setting after the other, whatever the others were."""
    signal = shown_name(report.sweep.objective.signal)
    figures = []
    for p in space[:MOST_SLICES]:
        here = [row for row in ranked if p.name in row.settings]
        at = [float(p.choices.index(row.settings[p.name])) if p.choices
              else float(row.settings[p.name]) for row in here]  # fmt: skip
        x, y = np.array(at), np.array([row.value for row in here], dtype=np.float64)
        best = np.array([_is_best(report, row) for row in here], dtype=bool)
        shapes = [Shape("dots", x[~best], y[~best]), Shape("dots", x[best], y[best], "best")]
        told = shown_name(p.name, 24)
        if p.choices:
            told += f" ({', '.join(f'{i} {_value(c)}' for i, c in enumerate(p.choices[:6]))})"
        figures.append(figure_svg(shapes, Look(told, signal, log_x=p.log)))
    return f'<div class="pair">{"".join(figures)}</div>' if figures and ranked else ""


def _trials(report: Report, ranked: Sequence[Row]) -> str:
    """Return the trials in a table: those with a value, the best first, then the others."""
    others = [row for row in report.rows if row.value is None]
    names = [p.name for p in report.sweep.space]
    rows = [
        (
            str(row.number), row.state,
            "" if row.value is None else f"{row.value:.6g}",
            "" if row.error is None else f"{row.error:.2g}",
            *(_value(row.settings[name]) if name in row.settings else "" for name in names),
            row.why,
        )
        for row in [*ranked, *others][:MOST_ROWS]
    ]  # fmt: skip
    head = ("trial", "state", shown_name(report.sweep.objective.signal), "error",
            *(shown_name(name, 24) for name in names), "why it ended")  # fmt: skip
    left = len(report.rows) - len(rows)
    more = f"<p>{left} more trials are not listed: --json holds all.</p>" if left > 0 else ""
    return table(head, rows) + more


def _is_best(report: Report, row: Row) -> bool:
    return report.best is not None and row.number == report.best.number


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else printable(str(value), 24)
