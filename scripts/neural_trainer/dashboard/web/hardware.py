"""What launch saw of the machine while a run went on, as signals of that run."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from neural_trainer.dashboard.machine import machine_file
from neural_trainer.runs.run import Run, Series

MOST_BYTES = 8 << 20  # from the end: four days of looks
PLAIN = ("cpu_percent", "memory_bytes", "free_memory_bytes", "free_disk_bytes", "processes")
OF_A_GPU = ("busy_percent", "used_bytes", "temperature_c")


def machine_signals(folder: Path, run: Run) -> dict[str, Series]:
    """Return each of the machine's numbers by name, at the step that the run was at by then.

    None where the run was not launched, or its log has no clock.
    """
    clock = max(
        (s for s in run.signals.values() if s.time is not None and len(s)), key=len, default=None
    )
    if clock is None or clock.time is None or not np.isfinite(clock.time).all():
        return {}
    columns: dict[str, tuple[list[float], list[float]]] = {}
    for record in _records(machine_file(folder)):
        at = _number(record.get("time"))
        if not math.isfinite(at):
            continue
        for name, value in _values(record):
            times, values = columns.setdefault(f"machine/{name}", ([], []))
            times.append(at)
            values.append(value)
    found = {}
    for name, (times, values) in columns.items():
        order = np.argsort(times, kind="stable")
        time = np.array(times)[order]
        step = np.interp(time, clock.time, clock.step)
        keep = np.append(np.diff(step) > 0, True)  # of looks within one step the last
        found[name] = Series(step[keep], np.array(values)[order][keep], time[keep])
    return found


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the whole lines of a machine file that are launch's."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - MOST_BYTES))
            lines = file.read(MOST_BYTES).split(b"\n")[:-1]
    except OSError:
        return
    for line in lines:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue  # torn by a kill, or by where the bytes were cut
        if isinstance(record, dict):
            yield record


def _values(record: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for name in PLAIN:
        value = _number(record.get(name))
        if math.isfinite(value):
            yield name, value
    gpus = record.get("gpus")
    for place, gpu in enumerate(gpus if isinstance(gpus, list) else []):
        for name in OF_A_GPU if isinstance(gpu, dict) else ():
            value = _number(gpu.get(name))
            if math.isfinite(value):
                yield f"gpu{place}/{name}", value


def _number(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else math.nan
