"""Sacred's metrics.json: an object of metrics, each with its own steps, timestamps and values.

Written by FileStorageObserver (_run.log_scalar). A number that was numpy's may stand as an object
with its `value`; NaN stands bare: the mean of an empty list is logged as such and is no failure by
itself. config.json beside it is the run's configuration.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from neural_trainer.errors import ReadError
from neural_trainer.runs.columns import number
from neural_trainer.runs.lines import encoding, text
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Array, Run
from neural_trainer.runs.tracked import Points, to_run

NAME = "sacred"

_LARGEST = 1 << 28  # bytes
_LARGEST_CONFIG = 1 << 22
_PARTS = ("steps", "timestamps", "values")
_START = re.compile(r'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{\s*"(?:steps|timestamps|values)"\s*:\s*\[')


def sniff(head: bytes, path: Path) -> bool:
    """Return whether the first metric has lists of steps, timestamps or values."""
    decoded = text(head)
    return decoded is not None and _START.match(decoded.lstrip("\ufeff")) is not None


def read(path: Path) -> list[Run]:
    """Return the run whose metrics the file holds."""
    if path.stat().st_size > _LARGEST:
        raise ReadError(f"{path}: a metrics.json of over {_LARGEST >> 20} MiB; split it")
    data = path.read_bytes()
    try:
        decoded = data.decode(encoding(data[:4]), errors="replace")
        document = json.loads(decoded.rstrip("\0"))
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{path}: Sacred's metrics, torn or broken ({error})") from error
    metrics, odd = {}, []
    for own, parts in document.items() if isinstance(document, dict) else ():
        points = _points(parts)
        if points is None:
            odd.append(own)
        elif len(points.value):
            metrics[own] = points
    if not metrics:
        raise ReadError(f"{path}: Sacred's metrics without a value; expected log_scalar's lists")
    notes = (
        [f"no lists of steps and values, left out: {', '.join(map(shown_name, odd[:5]))}"]
        if odd
        else []
    )
    return [to_run(path.stem, path, NAME, metrics, _config(path), notes)]


def _points(parts: Any) -> Points | None:
    """Return a metric's points, as many as each of its lists has; None where it has no lists."""
    if not isinstance(parts, dict):
        return None
    steps, times, values = (parts.get(key) for key in _PARTS)
    if not isinstance(steps, list) or not isinstance(values, list):
        return None
    times = times if isinstance(times, list) and len(times) >= len(values) else [None] * len(values)
    rows = [
        (x, y, _seconds(t))
        for step, value, t in zip(steps, values, times, strict=False)
        if (x := _number(step)) is not None and (y := _number(value)) is not None
    ]
    table: Array = np.array(rows, np.float64).reshape(-1, 3)
    return Points(table[:, 0], table[:, 1], table[:, 2])


def _number(cell: Any) -> float | None:
    return number(cell.get("value") if isinstance(cell, dict) else cell)


def _seconds(stamp: Any) -> float:
    """Return a timestamp of Sacred, UTC without saying so, in seconds since 1970."""
    try:
        return datetime.fromisoformat(stamp).replace(tzinfo=timezone.utc).timestamp()
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def _config(path: Path) -> dict[str, Any]:
    beside = path.with_name("config.json")
    try:
        if beside.is_file() and beside.stat().st_size <= _LARGEST_CONFIG:
            found = json.loads(beside.read_text(encoding="utf-8"))
            return found if isinstance(found, dict) else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return {}
