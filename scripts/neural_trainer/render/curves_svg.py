"""Curves as SVG that stands inside a page: its colours are the page's, dark and light."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from neural_trainer.render.axes_svg import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Axis,
    grid,
    path_of,
    text,
    value_axis,
)
from neural_trainer.render.drawable import drawable, rounded
from neural_trainer.render.panels import Panel
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.course import blocks, smooth
from neural_trainer.signals.reduce import envelope
from neural_trainer.symptoms import Finding

POINTS = 1600  # of one curve: about two to a column of units
BARE = 100  # points below which a curve is drawn as it is, without a course
MOST_MARKED = 8  # findings: more would hide the curve
MOST_STRETCHES = 100  # of lost values, shaded one by one
COLOURS = 6  # classes c0 … c5 of the page's style
LABEL_ROWS = 4
LOOKS = {
    "line": 'fill="none" stroke="#1f5fa8"',
    "alarm": 'stroke="#b3261e"',
    "window": 'fill="#b3261e" fill-opacity=".08"',
    "lost": 'fill="#8a6100" fill-opacity=".25"',
}
"""What the page's style overrides, for viewers that do not take a style into an SVG."""
LETTER = 6.2  # units that a letter of a label is wide


def curves_svg(run: Run, panels: Sequence[Panel], findings: Sequence[Finding]) -> str:
    """Return a figure a panel, with the windows and the beginnings of `findings` marked."""
    series = [s for names in panels for name in names if (s := run.get(name)) is not None]
    steps = (min(float(s.step[0]) for s in series), max(float(s.step[-1]) for s in series))
    across = Axis(steps[0], steps[1] if steps[1] > steps[0] else steps[0] + 1, LEFT, WIDTH - RIGHT)
    marked = sorted(findings[:MOST_MARKED], key=lambda finding: finding.step)
    drawn = [_panel(run, names, across, marked, index == 0) for index, names in enumerate(panels)]
    return "\n".join(drawn)


def _panel(run: Run, names: Panel, across: Axis, findings: Sequence[Finding], named: bool) -> str:
    kept = [(name, series) for name in names if (series := run.get(name)) is not None]
    up = value_axis([drawable(series)[0].value for _, series in kept])
    parts = [grid(across, up)]
    parts += [_band("window", f.window, across, _told(f)) for f in findings]
    for index, (name, series) in enumerate(kept):
        parts += _curve(name, series, across, up, f"c{index % COLOURS}")
    parts += _marks(findings, across, named)
    legend = "".join(
        f'<li><i class="c{index % COLOURS}"></i>{escape(shown_name(name))}</li>'
        for index, (name, _) in enumerate(kept)
    )
    told = escape(", ".join(shown_name(name) for name, _ in kept), quote=True)
    scale = f"by {escape(run.axis)}" + (", log axis" if up.log else "")
    return (
        f'<figure><figcaption><ul class="legend">{legend}</ul><span>{scale}</span></figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told} by {escape(run.axis)}">'
        + "".join(parts)
        + "</svg></figure>"
    )


def _curve(name: str, series: Series, across: Axis, up: Axis, colour: str) -> list[str]:
    """Return the raw curve, every extreme kept, its course where it has noise, what was lost."""
    finite, gaps = drawable(series)
    breaks = series.step[gaps[:, 0]] if len(gaps) <= MOST_STRETCHES else np.zeros(0)
    bare = len(finite) < BARE or name == "lr" or name.startswith("eval/")
    held_out = " held-out" if name.startswith("eval/") else ""
    parts = []
    spans = gaps if len(gaps) <= MOST_STRETCHES else np.array([[gaps[0, 0], gaps[-1, 1]]])
    for first, last in series.step[spans] if len(spans) else ():
        parts.append(_band("lost", (first, last), across, "not finite"))
    if len(finite):
        path = path_of(envelope(finite, POINTS), breaks, across, up)
        kind = "curve" if bare else "raw"
        parts.append(f'<path class="{kind}{held_out} {colour}" {LOOKS["line"]} d="{path}"/>')
    if len(finite) and not bare:
        course = blocks(finite, 200)
        level = Series(course.step, rounded(smooth(course.value, 5)))
        path = path_of(level, breaks, across, up)
        parts.append(f'<path class="curve {colour}" {LOOKS["line"]} d="{path}"/>')
    return parts


def _band(kind: str, span: tuple[float, float], across: Axis, told: str) -> str:
    """Return a stretch of steps, shaded, at least a hair wide."""
    x, end = (across.at(step) for step in span)
    place = (
        f'x="{x:.1f}" y="{TOP}" width="{max(end - x, 1.5):.1f}" height="{HEIGHT - TOP - BOTTOM}"'
    )
    return f'<rect class="{kind}" {LOOKS[kind]} {place}><title>{escape(told)}</title></rect>'


def _marks(findings: Sequence[Finding], across: Axis, named: bool) -> list[str]:
    """Return a line where each finding begins, with its name where `named`."""
    parts = []
    for row, finding in enumerate(findings):
        x = across.at(finding.step)
        ends = f'x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"'
        title = f"<title>{escape(_told(finding))}</title>"
        parts.append(f'<line class="alarm" {LOOKS["alarm"]} {ends}>{title}</line>')
        if named:
            fits = x + LETTER * len(finding.symptom) < WIDTH - RIGHT
            y = TOP + 12 + 13 * (row % LABEL_ROWS)
            anchor, gap = ("start", 4) if fits else ("end", -4)
            parts.append(text(anchor, x + gap, y, finding.symptom, "alarm"))
    return parts


def _told(finding: Finding) -> str:
    return f"{finding.symptom}: {finding.evidence[0]}"
