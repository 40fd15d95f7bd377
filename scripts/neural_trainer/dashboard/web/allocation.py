"""Memory that goes back to the system as soon as it is let go, where the C library can do that."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

_M_MMAP_THRESHOLD = -3  # of glibc's mallopt(3)
LARGE_BYTES = 1 << 20


def give_back_large_blocks() -> None:
    """Have arrays of LARGE_BYTES and more lie apart from the heap, for this whole process.

    Else glibc moves that bound up to 32 MB with the first such array that is let go, and what
    reading took stays: a log of ten million points leaves 500 MB behind.
    """
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):  # musl has neither the name nor the problem
            ctypes.CDLL("libc.so.6").mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
