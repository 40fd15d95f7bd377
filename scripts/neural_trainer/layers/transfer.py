"""Numbers on their way from a device to the host: asked for, never waited for in a step."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Then = Callable[[NDArray[Any]], None]
_NOTHING = np.empty(0)


def _cuda_event() -> Any:
    return torch.cuda.Event()  # type: ignore[no-untyped-call]


class _Done:
    """The event of what needed no copy."""

    def query(self) -> bool:
        return True

    def synchronize(self) -> None:
        pass


class Transfer:
    """Hands over vectors in the order in which they were sent, each once it is on the host.

    A vector on the host is handed over at once. One on a CUDA device is copied to pinned memory
    behind the device's own work; `arrived` looks whether it is there.
    """

    def __init__(self, event: Callable[[], Any] | None = None) -> None:
        """event: makes what tells that a copy is complete; for tests, on devices like the host."""
        self._event = event
        self._waiting: deque[tuple[Any, torch.Tensor | None, Then]] = deque()
        self._free: dict[tuple[Any, ...], list[torch.Tensor]] = {}

    def send(self, numbers: torch.Tensor, then: Then) -> None:
        """Carry `numbers`, (n,), to the host and hand them to `then`; it copies what it keeps."""
        if self._event is None and numbers.device.type == "cpu":
            self._hand_over(numbers, then)
            return
        if self._event is None and numbers.device.type != "cuda":
            self._hand_over(numbers.cpu(), then)  # others have no events: this waits
            return
        host = self._pinned(numbers)
        host.copy_(numbers, non_blocking=True)
        if self._event is not None:
            event = self._event()
            event.record()
        else:  # behind the work of the numbers' own device, which need not be the current one
            event = _cuda_event()
            event.record(torch.cuda.current_stream(numbers.device))
        self._waiting.append((event, host, then))

    def later(self, then: Callable[[], None]) -> None:
        """Call `then` once everything that was sent before has been handed over."""
        if not self._waiting:
            then()
        else:
            self._waiting.append((_Done(), None, lambda _: then()))

    def arrived(self) -> None:
        """Hand over what has arrived, without waiting for what has not."""
        while self._waiting and self._waiting[0][0].query():
            _, host, then = self._waiting.popleft()
            if host is None:
                then(_NOTHING)
            else:
                then(host.numpy())
                self._free.setdefault(_form(host), []).append(host)

    def wait(self) -> None:
        """Wait for everything that was sent, and hand it over."""
        while self._waiting:
            self._waiting[0][0].synchronize()
            self.arrived()

    def _hand_over(self, numbers: torch.Tensor, then: Then) -> None:
        self.wait()  # what was sent before comes first
        then(numbers.numpy())

    def _pinned(self, like: torch.Tensor) -> torch.Tensor:
        free = self._free.get(_form(like))
        if free:
            return free.pop()
        pinned = like.device.type == "cuda"
        return torch.empty(like.shape, dtype=like.dtype, pin_memory=pinned)


def _form(tensor: torch.Tensor) -> tuple[Any, ...]:
    return (tensor.shape, tensor.dtype)
