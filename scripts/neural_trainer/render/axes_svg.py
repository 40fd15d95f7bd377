"""Axes of a picture that stands inside a page: where values lie, ticks, lines through points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from neural_trainer.runs.run import Array, Series

WIDTH, HEIGHT = 960, 230  # of a panel, in the SVG's own units
LEFT, RIGHT, TOP, BOTTOM = 66, 12, 24, 26
TICK = 140  # units between two numbers below an axis, about
DECADES = 50.0  # highest by nearly lowest, from which the axis is logarithmic
GRID = 'stroke="#dfe2e7"'  # what the page's style overrides


@dataclass(frozen=True)
class Axis:
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


def value_axis(values: Sequence[Array]) -> Axis:
    """Return the axis on which all of `values` can be seen; none is finite: 0 to 1."""
    value = np.concatenate(list(values))
    if not len(value):
        return Axis(0, 1, HEIGHT - BOTTOM, TOP)
    low, high = float(value.min()), float(value.max())
    if low > 0 and high > DECADES * float(np.percentile(value, 2)):
        return Axis(low, max(high, low * 1.001), HEIGHT - BOTTOM, TOP, log=True)
    margin = 0.04 * (high - low) or 0.04 * abs(high) or 1.0
    return Axis(low - margin, high + margin, HEIGHT - BOTTOM, TOP)


def path_of(points: Series, breaks: Array, across: Axis, up: Axis) -> str:
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


def grid(across: Axis, up: Axis) -> str:
    """Return the lines of an axis and the numbers of both."""
    lines = []
    for value in ticks(up, 4):
        y = up.at(value)
        ends = f'x1="{across.start:g}" x2="{across.stop:g}" y1="{y:.1f}" y2="{y:.1f}"'
        lines.append(f'<line class="grid" {GRID} {ends}/>')
        lines.append(text("end", across.start - 6, y + 4, f"{value:.4g}"))
    for value in ticks(across, round((across.stop - across.start) / TICK)):
        x = across.at(value)
        anchor = "middle" if x < across.stop - 30 else "end"
        lines.append(text(anchor, x, up.start + BOTTOM - 8, f"{value:.7g}"))
    return "".join(lines)


def text(anchor: str, x: float, y: float, told: str, kind: str = "") -> str:
    """Return words at a place; anchor: which part of them lies there."""
    place = f'text-anchor="{anchor}" x="{x:.1f}" y="{y:.1f}"'
    return f'<text class="{kind or "tick"}" {place}>{escape(told)}</text>'


def ticks(axis: Axis, count: int) -> list[float]:
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
