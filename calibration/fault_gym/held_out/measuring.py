"""What a program measures of its own process, for scores that the log does not hold."""

from __future__ import annotations

import os
from pathlib import Path


def resident_bytes() -> int:
    """Return the memory that this process holds."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
