"""The few numbers that summary.json keeps of a run's losses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


class Extremes:
    """First, last and lowest values of the losses, gathered as they are logged."""

    def __init__(self) -> None:
        self._num_steps = 0
        self._first: dict[str, tuple[int, float]] = {}
        self._last: dict[str, tuple[int, float]] = {}
        self._lowest: dict[str, tuple[int, float]] = {}

    def observe(self, step: int, values: Mapping[str, float]) -> None:
        """Take the values logged at `step`."""
        self._num_steps = max(self._num_steps, step)
        for name in ("loss", "eval/loss"):
            if name not in values:
                continue
            point = (step, values[name])
            self._first.setdefault(name, point)
            self._last[name] = point
            lowest = self._lowest.get(name)
            if math.isfinite(point[1]) and (lowest is None or point[1] < lowest[1]):
                self._lowest[name] = point

    def summary(self) -> dict[str, Any]:
        """Return the number of steps, and of each loss its first, last and best point."""
        record: dict[str, Any] = {"steps": self._num_steps}
        for name, key in (("loss", "loss"), ("eval/loss", "eval_loss")):
            points = {"first": self._first, "last": self._last, "best": self._lowest}
            found = {word: _point(of[name]) for word, of in points.items() if name in of}
            if found:
                record[key] = found
        return record


def _point(point: tuple[int, float]) -> dict[str, Any]:
    step, value = point
    return {"step": step, "value": value if math.isfinite(value) else repr(value)}
