"""A figure of lines, dots and bands over two axes, as SVG that stands inside a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

import numpy as np

from neural_trainer.render.axes_svg import BOTTOM, LEFT, RIGHT, TOP, Axis, grid
from neural_trainer.runs.run import Array, Series
from neural_trainer.signals.reduce import envelope

POINTS = 1600  # of a line
MOST_DOTS = 3000
MARGIN = 0.04  # of the range of values, beyond both ends
LOOKS = 'fill="none" stroke="#1f5fa8"'  # what the page's style overrides


@dataclass(frozen=True, eq=False)
class Shape:
    """One part of a figure. x, y: (n,), of a line and a band x increases. top: of a band, (n,).

    kind: "raw" is a faint line. colour: a class of the page's style. label: ours; "" for one that
    the legend leaves out.
    """

    kind: Literal["curve", "raw", "dots", "band"]
    x: Array
    y: Array
    colour: str = "c0"
    label: str = ""
    top: Array | None = None


@dataclass(frozen=True)
class Look:
    """What stands at the axes, and whether these are of powers of ten. units: of the SVG."""

    x: str
    y: str
    log_x: bool = False
    log_y: bool = False
    width: int = 460
    height: int = 300


def figure_svg(shapes: Sequence[Shape], look: Look) -> str:
    """Return the figure; a value that its axes cannot show is left out."""
    kept = [_drawable(shape, look) for shape in shapes]
    across = _axis([s.x for s in kept], look.log_x, LEFT, look.width - RIGHT)
    tops = [s.top for s in kept if s.top is not None]
    up = _axis([*(s.y for s in kept), *tops], look.log_y, look.height - BOTTOM, TOP)
    drawn = "".join(_drawn(shape, across, up) for shape in kept)
    named = dict.fromkeys((s.label, s.colour) for s in shapes if s.label)
    legend = "".join(f'<li><i class="{colour}"></i>{escape(label)}</li>' for label, colour in named)
    logs = [name for name, log in (("x", look.log_x), ("y", look.log_y)) if log]
    scale = f"{look.y} over {look.x}" + (f", log {' and '.join(logs)}" if logs else "")
    return (
        f'<figure><figcaption><ul class="legend">{legend}</ul><span>{escape(scale)}</span>'
        f'</figcaption><svg viewBox="0 0 {look.width} {look.height}" role="img" '
        f'aria-label="{escape(scale, quote=True)}">{grid(across, up)}{drawn}</svg></figure>'
    )


def _drawable(shape: Shape, look: Look) -> Shape:
    keep = np.isfinite(shape.x) & np.isfinite(shape.y)
    if shape.top is not None:
        keep &= np.isfinite(shape.top)
    if look.log_x:
        keep &= shape.x > 0
    if look.log_y:
        keep &= shape.y > 0
    x, y = shape.x[keep], shape.y[keep]
    top = None if shape.top is None else shape.top[keep]
    if shape.kind in ("curve", "raw"):
        thinned = envelope(Series(x, y), POINTS)
        x, y = thinned.step, thinned.value
    elif shape.kind == "dots" and len(x) > MOST_DOTS:
        some = np.unique(np.linspace(0, len(x) - 1, MOST_DOTS).astype(int))
        x, y = x[some], y[some]
    return Shape(shape.kind, x, y, shape.colour, shape.label, top)


def _axis(values: Sequence[Array], log: bool, start: float, stop: float) -> Axis:
    known = np.concatenate([np.zeros(0), *values])
    if not len(known):
        return Axis(0.1 if log else 0.0, 1.0, start, stop, log)
    low, high = float(known.min()), float(known.max())
    if log:
        room = max((high / low) ** MARGIN, 1.05)
        return Axis(low / room, high * room, start, stop, True)
    room = MARGIN * (high - low) or MARGIN * abs(high) or 1.0
    return Axis(low - room, high + room, start, stop)


def _drawn(shape: Shape, across: Axis, up: Axis) -> str:
    places = [*zip(across.place(shape.x).tolist(), up.place(shape.y).tolist(), strict=True)]
    if shape.top is not None:
        back = zip(across.place(shape.x).tolist(), up.place(shape.top).tolist(), strict=True)
        places += [*back][::-1]
    if shape.kind == "dots":
        path = "".join(f"M{x:.1f} {y:.1f}h.01" for x, y in places)
    else:
        path = "".join(f"{'L' if n else 'M'}{x:.1f} {y:.1f}" for n, (x, y) in enumerate(places))
    return f'<path class="{shape.kind} {shape.colour}" {LOOKS} d="{path}"/>' if path else ""
