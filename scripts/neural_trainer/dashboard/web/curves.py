"""Curves as a browser draws them: of what is in sight, each point, or extremes and a mean."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neural_trainer.dashboard.web.abscissa import Axis, abscissa
from neural_trainer.render.drawable import DRAWABLE, drawable
from neural_trainer.runs.run import Array, Run, Series
from neural_trainer.signals.reduce import ranges

MOST_POINTS = 4000  # stretches of the axis: no screen has more columns for one chart
MOST_LOST = 100  # stretches that are not finite, told one by one
PER_STRETCH = 2  # points to a stretch up to which all are sent


@dataclass(frozen=True)
class Sight:
    """What is looked at: an axis between two ends, in so many stretches; an end NaN: all there is.

    log: stretches are of equal ratio.
    """

    axis: Axis = "step"
    first: float = math.nan
    last: float = math.nan
    count: int = 1000
    log: bool = False


@dataclass(frozen=True)
class Curve:
    """One signal in sight.

    Either each point, x and mean, (n,), with low and high empty; or the ranges of stretches. span:
    of all that there is, None where nothing is. lost: stretches in sight that are not finite.
    """

    x: Array
    mean: Array
    low: Array
    high: Array
    num: int
    span: tuple[float, float] | None
    lost: tuple[tuple[float, float], ...]


def curve(run: Run, series: Series, sight: Sight) -> Curve | None:
    """Return a signal of `run` as it is seen; None where the axis is not known."""
    x = abscissa(run, series, sight.axis)
    if x is None or not len(x):
        return None
    first = x[0] if math.isnan(sight.first) else sight.first
    last = x[-1] if math.isnan(sight.last) else sight.last
    # One point more at either end, so that the line goes on to the edge.
    begin = max(0, int(np.searchsorted(x, first)) - 1)
    end = int(np.searchsorted(x, last, side="right")) + 1
    seen, at = Series(series.step[begin:end], series.value[begin:end]), x[begin:end]
    finite, gaps = drawable(seen)
    lost = _lost(at, gaps)
    span = (float(x[0]), float(x[-1]))
    at = at[np.abs(seen.value) < DRAWABLE]
    if len(finite) <= PER_STRETCH * sight.count:
        empty = np.zeros(0)
        return Curve(at, finite.value, empty, empty, len(x), span, lost)
    found = ranges(at, finite.value, _edges(at, sight))
    return Curve(found.x, found.mean, found.low, found.high, len(x), span, lost)


def _edges(x: Array, sight: Sight) -> Array:
    """Return the ends of the stretches of what is there; `x` is not empty."""
    low, high = float(x[0]), float(x[-1])
    if sight.log and low <= 0:
        positive = x[x > 0]
        if not len(positive):
            return np.linspace(low, high, sight.count + 1)
        rest = np.geomspace(float(positive[0]), high, sight.count)
        return np.concatenate([[low], rest])
    spaced = np.geomspace if sight.log else np.linspace
    edges = spaced(low, high, sight.count + 1)
    edges[0], edges[-1] = low, high
    return np.asarray(edges, dtype=np.float64)


def _lost(x: Array, gaps: Any) -> tuple[tuple[float, float], ...]:
    """Return what is not finite as stretches of the axis; many as one."""
    if not len(gaps):
        return ()
    if len(gaps) > MOST_LOST:
        gaps = [(gaps[0, 0], gaps[-1, 1])]
    return tuple((float(x[first]), float(x[last])) for first, last in gaps)


def packed(told: dict[str, Any], curves: Sequence[Curve]) -> bytes:
    """Return curves for the page: a length, JSON, then their numbers.

    The length of the JSON, uint32, little-endian; the JSON, filled up with spaces so that numbers
    begin at a multiple of eight; of each curve x as float64 and mean, low and high as float32,
    these filled up to a multiple of eight bytes together. `told` stands in the JSON beside them.
    """
    numbers, entries = [], []
    for each in curves:
        entries.append({
            "n": len(each.x), "ranges": bool(len(each.low)), "points": each.num, "span": each.span,
            "lost": each.lost,
        })  # fmt: skip
        rest = np.concatenate([each.mean, each.low, each.high]).astype("<f4")
        numbers += [each.x.astype("<f8").tobytes(), rest.tobytes()]
        numbers.append(b"\0" * (-rest.nbytes % 8))
    head = json.dumps({**told, "curves": entries}, allow_nan=False).encode()
    head += b" " * (-(4 + len(head)) % 8)
    return struct.pack("<I", len(head)) + head + b"".join(numbers)
