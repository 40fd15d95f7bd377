"""What torch's CUDA memory and the process hold, as each step is recorded."""

from __future__ import annotations

import contextlib
import os

import torch

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_MOST_TEXT = 256  # bytes: seven numbers


class MemoryHeld:
    """Tells it from a file that stays open: to open it anew takes six times as long as to read."""

    def __init__(self) -> None:
        self._statm: int | None = None
        with contextlib.suppress(OSError):  # Linux alone has it
            self._statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)

    def read(self) -> dict[str, float]:
        """Return the peak of what torch holds on its CUDA device, what it holds now, and the
        process's resident memory, in bytes; what a system does not tell is left out."""
        found = {}
        if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
            stats = torch.cuda.memory_stats_as_nested_dict()
            held = stats.get("allocated_bytes", {}).get("all", {})
            if held.get("peak"):
                found["memory_bytes"] = float(held["peak"])
                found["memory_now_bytes"] = float(held["current"])
        if self._statm is not None:
            resident = os.pread(self._statm, _MOST_TEXT, 0).split()[1]
            found["process_memory_bytes"] = float(int(resident) * _PAGE_BYTES)
        return found

    def close(self) -> None:
        """Close the file; closing twice is allowed."""
        if self._statm is not None:
            os.close(self._statm)
            self._statm = None
