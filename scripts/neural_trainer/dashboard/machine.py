"""What launch saw of the machine last: memory, processor and GPUs of a run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from neural_trainer.live.launched import LAUNCH_FOLDER

_MOST_BYTES = 8192  # from the end; a line of eight GPUs has 1,100
_FILE = "machine.jsonl"


class Gpu(NamedTuple):
    """One GPU; busy_percent and temperature_c are None where it does not tell them."""

    number: int
    busy_percent: float | None
    used_bytes: float
    total_bytes: float
    temperature_c: float | None


class Machine(NamedTuple):
    """The run's own processes, and the GPUs that it may use."""

    memory_bytes: float | None
    cpu_percent: float | None
    gpus: tuple[Gpu, ...]


def machine_file(folder: Path) -> Path:
    """Return where launch writes what it sees of the machine."""
    return folder / LAUNCH_FOLDER / _FILE


def last_seen(folder: Path) -> Machine | None:
    """Return the last whole line of a run folder's machine file; None where there is none."""
    try:
        with machine_file(folder).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _MOST_BYTES))
            lines = file.read(_MOST_BYTES).split(b"\n")[:-1]
        record = json.loads(lines[-1])
        listed = record["gpus"] if isinstance(record["gpus"], list) else []
        gpus = [_gpu(gpu) for gpu in listed if isinstance(gpu, dict)]
        memory = _number(record.get("memory_bytes"))
        return Machine(memory, _number(record.get("cpu_percent")), tuple(gpus))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None  # not launched, or a line that is not launch's


def _gpu(record: dict[str, Any]) -> Gpu:
    return Gpu(
        int(record["number"]), _number(record["busy_percent"]), float(record["used_bytes"]),
        float(record["total_bytes"]), _number(record["temperature_c"]),
    )  # fmt: skip


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
