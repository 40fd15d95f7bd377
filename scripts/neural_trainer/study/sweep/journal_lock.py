"""The lock of a journal file: held by the system, so that it goes with the process that held it."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path


class JournalLock:
    """A lock as Optuna's journal asks for: acquire and release.

    Optuna's own are files beside the journal, which a worker that is killed leaves behind.
    """

    def __init__(self, journal: Path) -> None:
        self._path = journal.with_name(f"{journal.name}.lock")
        self._descriptor: int | None = None
        self._of_threads = threading.Lock()

    def acquire(self) -> bool:
        """Wait until no other process holds it; return True."""
        self._of_threads.acquire()
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give it up."""
        assert self._descriptor is not None
        os.close(self._descriptor)
        self._descriptor = None
        self._of_threads.release()
