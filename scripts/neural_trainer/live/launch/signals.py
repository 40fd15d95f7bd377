"""Signals that reach launch: passed on to the run at once, and kept for launch to act on."""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any

from neural_trainer.live.launch.child import Child

PASSED_ON = {
    signal.SIGINT: signal.SIGINT,
    signal.SIGTERM: signal.SIGTERM,
    signal.SIGHUP: signal.SIGTERM,  # the terminal has gone
}


class Signals:
    """While it is entered: signals go to `child`, whatever launch is doing, and are kept."""

    def __init__(self) -> None:
        self.child: Child | None = None
        self.received: list[signal.Signals] = []
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Signals:
        self._read, self._written = os.pipe()
        for descriptor in (self._read, self._written):
            os.set_blocking(descriptor, False)
        self._wakeup_before = signal.set_wakeup_fd(self._written, warn_on_full_buffer=False)
        for number in PASSED_ON:
            self._before[number] = signal.signal(number, self._take)
        # Without a handler the end of the run would not wake `wait`.
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._read)
        os.close(self._written)

    def wait(self, seconds: float) -> None:
        """Wait so long, or until a signal comes or a process that was started here ends."""
        with suppress(InterruptedError):
            ready, _, _ = select.select([self._read], [], [], max(0.0, seconds))
            if ready:
                with suppress(BlockingIOError):
                    os.read(self._read, 4096)

    def wait_until(self, at_s: float) -> None:
        """Wait until time.monotonic() is `at_s`, or until a signal is received."""
        while not self.received and (left := at_s - time.monotonic()) > 0:
            self.wait(left)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        sent = signal.Signals(number)
        self.received.append(sent)
        if self.child is not None:
            self.child.send(PASSED_ON[sent])
