"""Requests of many threads, put into batches for one model."""

import queue
import threading
import time
from collections import deque
from concurrent.futures import Future


class Batcher:
    """`predict` runs in one thread; clients get futures."""

    def __init__(self, predict, max_batch: int, max_wait_s: float, max_queue: int):
        if max_batch < 1 or max_queue < 1:
            raise ValueError("max_batch and max_queue must be at least 1")
        self._predict = predict
        self._max_batch = max_batch
        self._max_wait_s = max_wait_s
        self._max_queue = max_queue
        self._waiting = deque()  # (future, item, time of arrival)
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="batcher", daemon=True)
        self._thread.start()

    def submit(self, item) -> Future:
        """Queue an item; queue.Full when max_queue items wait, RuntimeError after close()."""
        future = Future()
        with self._changed:
            if self._closed:
                raise RuntimeError("the batcher is closed")
            if len(self._waiting) >= self._max_queue:
                self._drop_cancelled()  # what was given up takes nobody's place
                if len(self._waiting) >= self._max_queue:
                    raise queue.Full
            self._waiting.append((future, item, time.monotonic()))
            self._changed.notify_all()
        return future

    def close(self) -> None:
        """Answer what is queued, then return."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:  # a future's callback may call this
            self._thread.join()

    def _drop_cancelled(self) -> None:
        """Forget items that were given up (lock held)."""
        kept = deque()
        for entry in self._waiting:
            if entry[0].cancelled():
                entry[0].set_running_or_notify_cancel()  # wakes concurrent.futures.wait
            else:
                kept.append(entry)
        self._waiting = kept

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._wait_for_batch():
                    return
                batch = self._take()
            self._answer(batch)
            del batch  # while idle, keep no items alive

    def _wait_for_batch(self) -> bool:
        """Wait until a batch is due (lock held); False when closed and all is answered."""
        while True:
            while self._waiting and self._waiting[0][0].cancelled():
                self._waiting.popleft()[0].set_running_or_notify_cancel()
            if len(self._waiting) >= self._max_batch:
                self._drop_cancelled()  # full means full of items that somebody still wants
                if len(self._waiting) >= self._max_batch:
                    return True
            if self._closed:
                if not self._waiting:
                    return False
                return True
            if not self._waiting:
                self._changed.wait()
                continue
            left = self._waiting[0][2] + self._max_wait_s - time.monotonic()
            if left <= 0:
                return True
            self._changed.wait(min(left, threading.TIMEOUT_MAX))

    def _take(self) -> list:
        """The next batch (lock held); from here on its futures cannot be cancelled."""
        batch = []
        while self._waiting and len(batch) < self._max_batch:
            future, item, _ = self._waiting.popleft()
            if future.set_running_or_notify_cancel():
                batch.append((future, item))
        return batch

    def _answer(self, batch: list) -> None:
        """Call predict; where it raises, halve the batch until the culprits are alone."""
        if not batch:
            return
        try:
            results = self._predict([item for _, item in batch])
        except BaseException as error:  # SystemExit too: a dead thread would leave every client hanging
            if len(batch) == 1:
                self._settle(batch[0][0].set_exception, error)
                return
        else:
            self._deliver(batch, results)
            return
        middle = len(batch) // 2
        self._answer(batch[:middle])
        self._answer(batch[middle:])

    def _deliver(self, batch: list, results) -> None:
        try:
            count = len(results)
            results = list(results)
            fault = None if count == len(results) == len(batch) else f"{count} results for {len(batch)} items"
        except Exception as error:
            fault = f"no list of results: {error!r}"
        for k, (future, _) in enumerate(batch):
            if fault is None:
                self._settle(future.set_result, results[k])
            else:
                self._settle(future.set_exception, RuntimeError(f"predict returned {fault}"))

    @staticmethod
    def _settle(setter, value) -> None:
        try:
            setter(value)
        except BaseException:  # a callback of the client's that exits must not end the thread
            pass
