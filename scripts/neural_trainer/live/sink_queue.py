"""A sink behind a queue: a slow or failing one neither slows nor stops the training."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

Row = tuple[int, Mapping[str, float]]

ROWS = 10_000  # that may wait: 10 s of a training of 1 ms a step, and about 10 MB of Python floats
CLOSE_S = 30.0  # a tracker on a slow line ends within it; a dead one must not hold the process
BATCH = 1_000  # rows that a sink with `write_rows` is handed at once


class SinkQueue:
    """Hands rows to one sink in a daemon thread of its own.

    What fails there is kept as a sentence until the training asks for it with `news`, so that
    nothing but `write` and `news` runs in the training's thread. Rows that are lost at a kill, or
    left out because the queue is full, are all in metrics.jsonl.
    """

    def __init__(
        self, sink: Callable[[int, Mapping[str, float]], Any], name: str, *, rows: int = ROWS
    ) -> None:
        """Start the thread; an end of the interpreter closes the queue like `close`."""
        self.name = name
        self.num_dropped = 0
        self._sink = sink
        self._limit = rows
        self._queue: SimpleQueue[Row | None] = SimpleQueue()
        self._news: SimpleQueue[str] = SimpleQueue()
        self._failed = False
        self._ended = self._closed = False
        self._process = os.getpid()
        self._thread = Thread(target=self._work, name=f"neural-trainer {name}", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Leave one row for the sink; count it where there is no room for it."""
        if self._failed or self._ended:
            return
        if self._queue.qsize() < self._limit:
            self._queue.put((step, values))
            return
        self.num_dropped += 1
        if self.num_dropped == 1:
            self._news.put(
                f"sink {self.name} is too slow: {self._limit} rows wait for it, and rows from step "
                f"{step} on are left out while they do; metrics.jsonl holds them all"
            )

    def news(self) -> list[str]:
        """Return what has to be said since the last call; empty almost always."""
        told: list[str] = []
        while not self._news.empty():
            told.append(self._news.get())
        return told

    def end(self) -> None:
        """Tell the sink to take what waits and to end, without waiting for it."""
        if not self._ended:
            self._ended = True
            self._queue.put(None)

    def close(self, limit_s: float = CLOSE_S) -> None:
        """End, and wait for that at most `limit_s`; again does nothing."""
        if self._closed or self._process != os.getpid():  # a forked child has no such thread
            return
        self._closed = True
        atexit.unregister(self.close)
        self.end()
        self._thread.join(limit_s)
        if self._thread.is_alive():
            waiting = max(self._queue.qsize() - 1, 0)
            self._news.put(
                f"sink {self.name} did not end within {limit_s:g} s and was left, with {waiting} "
                f"rows waiting; metrics.jsonl holds them all"
            )
        if self.num_dropped:
            self._news.put(f"sink {self.name} was too slow for {self.num_dropped} rows")

    def _work(self) -> None:
        step = 0
        try:
            while (row := self._queue.get()) is not None:
                step = row[0]
                if not self._hand_over(row):
                    break
        except Exception as error:  # a stranger's code must not end the training
            self._failed = True
            self._news.put(f"sink {self.name} dropped at step {step}: {error!r}")
        try:
            end = getattr(self._sink, "close", None)
            if end is not None:
                end()
        except Exception as error:  # as above
            if not self._failed:
                self._news.put(f"sink {self.name} failed at its close: {error!r}")

    def _hand_over(self, first: Row) -> bool:
        """Give the sink `first`, and what waits behind it where it takes many; False at the end."""
        write_rows = getattr(self._sink, "write_rows", None)
        if write_rows is None:
            self._sink(*first)
            return True
        rows, last = [first], False
        while len(rows) < BATCH and not last:
            try:
                row = self._queue.get_nowait()
            except Empty:
                break
            last = row is None
            if row is not None:
                rows.append(row)
        write_rows(rows)
        return not last
