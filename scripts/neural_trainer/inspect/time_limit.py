"""A limit on how long a piece of user code may take."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TimeUp(BaseException):
    """The limit has passed. No Exception, so that user code that catches those does not eat it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeUp in the block once `seconds` have passed.

    By SIGALRM: Python code, sleeps and waits are interrupted, one long call into C is not until it
    returns. Without SIGALRM, or off the main thread, there is no limit.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not hasattr(signal, "SIGALRM") or not is_main:
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeUp

    before = signal.signal(signal.SIGALRM, stop)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left)
        signal.signal(signal.SIGALRM, before)
