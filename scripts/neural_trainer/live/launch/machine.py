"""The machine under a run, looked at now and then: memory, disk, processes, GPUs, and alarms."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from neural_trainer.live.launch import memory_group
from neural_trainer.live.launch.gpus import Gpu, Gpus
from neural_trainer.live.launch.processes import Usage, processes_of, usage_of

LOW_MEMORY = 0.03  # share of the memory; the kernel kills processes when none is left
LOW_DISK = 0.01  # share of the file system …
DISK_HOURS = 1.0  # … or what the run has been filling in so long
HOT_C = 90  # NVIDIA's data-centre cards slow themselves down between 85 and 95 degrees


class Look(NamedTuple):
    """The machine at one moment; None: not known here. at_s: seconds, monotonic."""

    at_s: float
    usage: Usage
    free_memory_bytes: int | None
    total_memory_bytes: int | None
    free_disk_bytes: int
    total_disk_bytes: int
    gpus: tuple[Gpu, ...]


class Trouble(NamedTuple):
    """What of the machine is near its end: an alarm's id and its sentence."""

    id: str
    message: str


def look(run_folder: Path, gpus: Gpus, now_s: float) -> Look:
    """Return the machine as it is now."""
    free, total = memory()
    disk = shutil.disk_usage(run_folder)
    usage = usage_of(processes_of(run_folder))
    return Look(now_s, usage, free, total, disk.free, disk.total, tuple(gpus.look()))


def memory() -> tuple[int | None, int | None]:
    """Return the bytes that can still be taken and all there are.

    Of the machine and the control groups around this process: those of which the least is left.
    """
    free, total = _of_system()
    bounds = memory_group.bounds()
    if free is not None and total:
        bounds.append((free, total))
    return min(bounds, key=lambda bound: bound[0] / bound[1], default=(free, total))


def troubles(now: Look, first: Look) -> Iterator[Trouble]:
    """Yield what is near its end. first: the machine as the run began."""
    if now.free_memory_bytes is not None and now.total_memory_bytes:
        share = now.free_memory_bytes / now.total_memory_bytes
        if share < LOW_MEMORY:
            yield Trouble(
                "memory-low",
                f"{_gb(now.free_memory_bytes)} of {_gb(now.total_memory_bytes)} memory is left; "
                f"the run's {now.usage.num_processes} processes hold {_gb(now.usage.memory_bytes)}",
            )
    hours = (now.at_s - first.at_s) / 3600
    filled = first.free_disk_bytes - now.free_disk_bytes
    rate = filled / hours if hours > 0.05 else 0.0  # bytes an hour, once minutes have passed
    fills_soon = rate > 0 and now.free_disk_bytes < rate * DISK_HOURS
    if now.free_disk_bytes < LOW_DISK * now.total_disk_bytes or fills_soon:
        ends = f", full in {now.free_disk_bytes / rate * 60:.0f} minutes" if rate > 0 else ""
        yield Trouble("disk-low", f"{_gb(now.free_disk_bytes)} of the disk is left{ends}")
    for gpu in now.gpus:
        if gpu.temperature_c is not None and gpu.temperature_c >= HOT_C:
            yield Trouble(f"gpu-{gpu.number}-hot", f"GPU {gpu.number} is at {gpu.temperature_c} °C")
        began = next((g.ecc_errors for g in first.gpus if g.number == gpu.number), None)
        if gpu.ecc_errors is not None and began is not None and gpu.ecc_errors > began:
            yield Trouble(
                f"gpu-{gpu.number}-memory-errors",
                f"GPU {gpu.number}: {gpu.ecc_errors - began} uncorrected memory errors since the "
                f"run began; what it computed since may be wrong",
            )


def as_json(now: Look, since: Look | None) -> dict[str, Any]:
    """Return a look as one line of the machine's log; CPU use is of the time since the last."""
    passed = now.at_s - since.at_s if since is not None else 0.0
    spent = now.usage.cpu_s - since.usage.cpu_s if since is not None else 0.0
    return {
        "processes": now.usage.num_processes,
        "cpu_percent": round(100 * spent / passed, 1) if passed > 0 and spent >= 0 else None,
        "memory_bytes": now.usage.memory_bytes,
        "free_memory_bytes": now.free_memory_bytes,
        "free_disk_bytes": now.free_disk_bytes,
        "gpus": [gpu._asdict() for gpu in now.gpus],
    }


def folder_bytes(folder: Path) -> int:
    """Return the bytes of the files below `folder`; what vanishes meanwhile counts nothing."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(where, name)).st_size
    return total


def _of_system() -> tuple[int | None, int | None]:
    if sys.platform.startswith("linux"):
        found = {}
        for line in _text("/proc/meminfo").splitlines():
            name, _, value = line.partition(":")
            words = value.split()
            if words and words[0].isdigit():
                found[name] = int(words[0]) * 1024
        return found.get("MemAvailable"), found.get("MemTotal")
    try:
        import psutil
    except ImportError:
        return None, None
    system = psutil.virtual_memory()
    return int(system.available), int(system.total)


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _gb(num_bytes: float) -> str:
    return f"{num_bytes / 1e9:.1f} GB"
