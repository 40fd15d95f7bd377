"""SIGTERM, which a scheduler sends before it kills: noted, so that a checkpoint can be written."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def termination_noted() -> Iterator[Callable[[], bool]]:
    """Yield what says whether SIGTERM has come since. Only the main thread can be told of it."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    came: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: came.append(number))
    try:
        yield lambda: bool(came)
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)
