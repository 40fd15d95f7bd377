"""The heap of a training on a CPU: what one step lets go of is kept for the next."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# Of glibc's malloc.h. What is freed at the top of the heap goes back to the system beyond the one
# size, and allocations from the other size on are mapped apart and always go back.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_NEVER = -1
_LARGEST_BYTES = 32 << 20  # glibc takes no higher one for mappings, and rises to it by itself
_OWN_SETTINGS = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")  # a user's
_TRIM_BYTES = 2 * _LARGEST_BYTES  # to which glibc rises by itself


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Have malloc keep what is freed until the block ends, where it is glibc's and left to us.

    A step frees its activations, and by default the system takes their pages back and hands them
    out anew, zeroed, in the next step: hundreds of page faults a step, by how the heap happens to
    lie (benchmarks/train_throughput.py counts them). What a step needs at its peak is held between
    steps too; the peak is no higher.
    """
    mallopt = trim = None
    with suppress(AttributeError):  # macOS and musl have neither
        c_library = ctypes.CDLL(None)
        mallopt, trim = c_library.mallopt, c_library.malloc_trim
    if mallopt is None or trim is None or any(name in os.environ for name in _OWN_SETTINGS):
        yield
        return
    mallopt(_M_MMAP_THRESHOLD, _LARGEST_BYTES)
    mallopt(_M_TRIM_THRESHOLD, _NEVER)
    try:
        yield
    finally:
        mallopt(_M_TRIM_THRESHOLD, _TRIM_BYTES)
        trim(0)
