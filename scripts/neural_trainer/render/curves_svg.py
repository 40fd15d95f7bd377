"""Curves as SVG that stands inside a page: its colours are the page's, dark and light."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from neural_trainer.render.drawable import drawable, rounded
from neural_trainer.render.panels import Panel
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Array, Run, Series
from neural_trainer.signals.course import blocks, smooth
from neural_trainer.signals.reduce import envelope
from neural_trainer.symptoms import Finding

WIDTH, HEIGHT = 960, 230  # of a panel, in the SVG's own units
LEFT, RIGHT, TOP, BOTTOM = 66, 12, 24, 26
POINTS = 1600  # of one curve: about two to a column of units
BARE = 100  # points below which a curve is drawn as it is, without a course
DECADES = 50.0  # highest by nearly lowest, from which the axis is logarithmic
MOST_MARKED = 8  # findings: more would hide the curve
MOST_STRETCHES = 100  # of lost values, shaded one by one
COLOURS = 6  # classes c0 … c5 of the page's style
LABEL_ROWS = 4
LOOKS = {
    "line": 'fill="none" stroke="#1f5fa8"',
    "grid": 'stroke="#dfe2e7"',
    "alarm": 'stroke="#b3261e"',
    "window": 'fill="#b3261e" fill-opacity=".08"',
    "lost": 'fill="#8a6100" fill-opacity=".25"',
}
"""What the page's style overrides, for viewers that do not take a style into an SVG."""
LETTER = 6.2  # units that a letter of a label is wide


@dataclass(frozen=True)
class _Axis:
    """Where values lie between two ends, linear or logarithmic."""

    low: float
    high: float
    start: float
    stop: float
    log: bool = False

    def place(self, value: Array) -> Array:
        """Return where `value`, (n,), lies, in the SVG's units."""
        value = np.log10(value) if self.log else value
        low, high = (math.log10(v) if self.log else v for v in (self.low, self.high))
        share = (value - low) / (high - low)
        return np.asarray(self.start + np.clip(share, 0, 1) * (self.stop - self.start))

    def at(self, value: float) -> float:
        """Return where one value lies."""
        return float(self.place(np.array([value]))[0])


def curves_svg(run: Run, panels: Sequence[Panel], findings: Sequence[Finding]) -> str:
    """Return a figure a panel, with the windows and the beginnings of `findings` marked."""
    series = [s for names in panels for name in names if (s := run.get(name)) is not None]
    steps = (min(float(s.step[0]) for s in series), max(float(s.step[-1]) for s in series))
    across = _Axis(steps[0], steps[1] if steps[1] > steps[0] else steps[0] + 1, LEFT, WIDTH - RIGHT)
    marked = sorted(findings[:MOST_MARKED], key=lambda finding: finding.step)
    drawn = [_panel(run, names, across, marked, index == 0) for index, names in enumerate(panels)]
    return "\n".join(drawn)


def _panel(run: Run, names: Panel, across: _Axis, findings: Sequence[Finding], named: bool) -> str:
    kept = [(name, series) for name in names if (series := run.get(name)) is not None]
    up = _value_axis([drawable(series)[0].value for _, series in kept])
    parts = [_grid(across, up)]
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


def _value_axis(values: Sequence[Array]) -> _Axis:
    """Return the axis on which all of `values` can be seen; none is finite: 0 to 1."""
    value = np.concatenate(list(values))
    if not len(value):
        return _Axis(0, 1, HEIGHT - BOTTOM, TOP)
    low, high = float(value.min()), float(value.max())
    if low > 0 and high > DECADES * float(np.percentile(value, 2)):
        return _Axis(low, max(high, low * 1.001), HEIGHT - BOTTOM, TOP, log=True)
    margin = 0.04 * (high - low) or 0.04 * abs(high) or 1.0
    return _Axis(low - margin, high + margin, HEIGHT - BOTTOM, TOP)


def _curve(name: str, series: Series, across: _Axis, up: _Axis, colour: str) -> list[str]:
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
        path = _path(envelope(finite, POINTS), breaks, across, up)
        kind = "curve" if bare else "raw"
        parts.append(f'<path class="{kind}{held_out} {colour}" {LOOKS["line"]} d="{path}"/>')
    if len(finite) and not bare:
        course = blocks(finite, 200)
        level = Series(course.step, rounded(smooth(course.value, 5)))
        path = _path(level, breaks, across, up)
        parts.append(f'<path class="curve {colour}" {LOOKS["line"]} d="{path}"/>')
    return parts


def _path(points: Series, breaks: Array, across: _Axis, up: _Axis) -> str:
    """Return the line through `points`, broken at the steps `breaks`; a point alone is a dot."""
    x, y = across.place(points.step), up.place(points.value)
    pieces = np.searchsorted(points.step, breaks)
    starts = set(pieces.tolist()) | {0}
    told = []
    for index, (right, down) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        told.append(f"{'M' if index in starts else 'L'}{right:.1f} {down:.1f}")
        if index in starts and (index + 1 in starts or index + 1 == len(x)):
            told.append("h.1")
    return "".join(told)


def _grid(across: _Axis, up: _Axis) -> str:
    lines = []
    for value in _ticks(up, 4):
        y = up.at(value)
        ends = f'x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"'
        lines.append(f'<line class="grid" {LOOKS["grid"]} {ends}/>')
        lines.append(_text("end", LEFT - 6, y + 4, f"{value:.4g}"))
    for value in _ticks(across, 6):
        x = across.at(value)
        anchor = "middle" if x < WIDTH - RIGHT - 30 else "end"
        lines.append(_text(anchor, x, HEIGHT - 8, f"{value:.7g}"))
    return "".join(lines)


def _text(anchor: str, x: float, y: float, told: str, kind: str = "") -> str:
    place = f'text-anchor="{anchor}" x="{x:.1f}" y="{y:.1f}"'
    return f'<text class="{kind or "tick"}" {place}>{escape(told)}</text>'


def _ticks(axis: _Axis, count: int) -> list[float]:
    """Return about `count` round values between the ends of `axis`."""
    if axis.log:
        low, high = math.log10(axis.low), math.log10(axis.high)
        every = max(1, round((high - low) / count))
        powers = range(math.ceil(low), math.floor(high) + 1, every)
        found = [10.0**power for power in powers]
        return found if len(found) > 1 else [axis.low, axis.high]
    size = (axis.high - axis.low) / count
    unit = 10.0 ** math.floor(math.log10(size))
    every_value = unit * min((1, 2, 5, 10), key=lambda factor: abs(factor * unit - size))
    first = math.ceil(axis.low / every_value)
    last = math.floor(axis.high / every_value)
    return [n * every_value for n in range(first, min(last, first + 3 * count) + 1)]


def _band(kind: str, span: tuple[float, float], across: _Axis, told: str) -> str:
    """Return a stretch of steps, shaded, at least a hair wide."""
    x, end = (across.at(step) for step in span)
    place = (
        f'x="{x:.1f}" y="{TOP}" width="{max(end - x, 1.5):.1f}" height="{HEIGHT - TOP - BOTTOM}"'
    )
    return f'<rect class="{kind}" {LOOKS[kind]} {place}><title>{escape(told)}</title></rect>'


def _marks(findings: Sequence[Finding], across: _Axis, named: bool) -> list[str]:
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
            parts.append(_text(anchor, x + gap, y, finding.symptom, "alarm"))
    return parts


def _told(finding: Finding) -> str:
    return f"{finding.symptom}: {finding.evidence[0]}"
