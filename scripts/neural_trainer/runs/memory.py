"""Memory: keeping what was freed for what is needed next."""

from __future__ import annotations

import numpy as np

_KEPT = 24 << 20  # bytes; glibc lets no block above 32 MiB raise the limit


def keep_freed() -> None:
    """Let the C library hold on to freed memory instead of giving it back to the system.

    Large files are read a block at a time, each block with the same temporary arrays. glibc gives
    these back once they are freed and has the system clear them anew for the next block, which
    costs a third of the time of reading (benchmarks/read_logs.py); it raises the limit above which
    it does so to the largest block that was ever freed. This one is not touched, so not used.
    """
    np.empty(_KEPT, np.uint8)
