"""The processes of a run, wherever they moved: found by a mark in their environment."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from neural_trainer.live.launched import FOLDER_VARIABLE

PROC = Path("/proc")
NEEDS_PSUTIL = "processes that left the group are not seen without psutil: pip install psutil"


class Usage(NamedTuple):
    """What the processes of a run use: their number, CPU seconds so far, resident bytes."""

    num_processes: int
    cpu_s: float
    memory_bytes: int


def can_look() -> bool:
    """Return whether the processes of a run can be found on this system."""
    return (PROC.is_dir() and sys.platform.startswith("linux")) or _psutil() is not None


def processes_of(run_folder: Path) -> list[int]:
    """Return the processes that launch's mark of `run_folder` was handed down to.

    torchrun and srun put their workers in sessions of their own: a process group is not enough.
    """
    mark = f"{FOLDER_VARIABLE}={run_folder}"
    if PROC.is_dir() and sys.platform.startswith("linux"):
        return [pid for pid in _pids() if _is_marked(pid, mark.encode())]
    psutil = _psutil()
    found = []
    for process in psutil.process_iter() if psutil is not None else ():
        with suppress(psutil.Error, OSError):
            if process.environ().get(FOLDER_VARIABLE) == str(run_folder):
                found.append(int(process.pid))
    return found


def usage_of(pids: Iterable[int]) -> Usage:
    """Return what processes use together; those that have gone count nothing."""
    num, cpu_s, memory = 0, 0.0, 0
    for pid in pids:
        with suppress(OSError, ValueError, IndexError):
            seconds, size = _usage(pid)
            num, cpu_s, memory = num + 1, cpu_s + seconds, memory + size
    return Usage(num, cpu_s, memory)


def born_s(pid: int) -> float | None:
    """Return when a process began, by the clock of `now_s`.

    None: it has ended; one that nobody has waited for has too.
    """
    if PROC.is_dir() and sys.platform.startswith("linux"):
        try:
            fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else int(fields[19]) / os.sysconf("SC_CLK_TCK")
    psutil = _psutil()
    if psutil is None:
        return None
    try:
        process = psutil.Process(pid)
        ended = process.status() == psutil.STATUS_ZOMBIE
        return None if ended else float(process.create_time())
    except psutil.Error:
        return None


def now_s() -> float:
    """Return the seconds by which processes are born: since the boot on Linux, else since 1970."""
    if PROC.is_dir() and sys.platform.startswith("linux"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.time()


def is_named(pid: int, name: str) -> bool:
    """Return whether a process runs the program of this name; False where it cannot be told."""
    with suppress(OSError):
        return (PROC / str(pid) / "comm").read_text().rstrip("\n") == name
    return False


def kill(pids: Iterable[int]) -> None:
    """End processes at once."""
    for pid in pids:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _pids() -> list[int]:
    own = os.getpid()
    return [int(name) for name in os.listdir(PROC) if name.isdigit() and int(name) != own]


def _is_marked(pid: int, mark: bytes) -> bool:
    try:
        # Ended ones that nobody has waited for have no environment any more.
        return mark in (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:  # of another user, or gone
        return False


def _usage(pid: int) -> tuple[float, int]:
    if PROC.is_dir() and sys.platform.startswith("linux"):
        # What stands after the name, which may hold anything but its closing bracket last.
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        pages = int((PROC / str(pid) / "statm").read_text().split()[1])
        ticks = os.sysconf("SC_CLK_TCK")
        return (int(fields[11]) + int(fields[12])) / ticks, pages * os.sysconf("SC_PAGE_SIZE")
    psutil = _psutil()
    if psutil is None:
        raise OSError(NEEDS_PSUTIL)
    try:
        process = psutil.Process(pid)
        times = process.cpu_times()
        return times.user + times.system, process.memory_info().rss
    except psutil.Error as error:
        raise OSError(str(error)) from error


def _psutil() -> Any:
    try:
        import psutil
    except ImportError:
        return None
    return psutil
