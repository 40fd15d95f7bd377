"""Requests of many threads, put into batches for one predict."""

import queue
import threading
import time
from collections import deque
from concurrent.futures import Future, InvalidStateError


class Batcher:
    """A batch goes off when it is full or its oldest item, counted from its submit, has waited
    max_wait_s. Items whose future was cancelled neither wait, count, nor run."""

    def __init__(self, predict, max_batch: int, max_wait_s: float, max_queue: int):
        if max_batch < 1 or max_queue < 1:
            raise ValueError("max_batch and max_queue must be at least 1")
        self._predict, self._max_batch = predict, max_batch
        self._max_wait_s, self._max_queue = max_wait_s, max_queue
        self._waiting = deque()  # (time of submit, item, future)
        self._changed = threading.Condition()
        self._closed = False
        self._worker = threading.Thread(target=self._work, name="Batcher", daemon=True)
        self._worker.start()

    def submit(self, item) -> Future:
        future = Future()
        with self._changed:
            if self._closed:
                raise RuntimeError("the batcher is closed")
            if len(self._waiting) >= self._max_queue:
                self._drop_cancelled()  # given up: they hold no place
                if len(self._waiting) >= self._max_queue:
                    raise queue.Full
            self._waiting.append((time.monotonic(), item, future))
            self._changed.notify_all()
        return future

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if threading.current_thread() is not self._worker:  # a callback may close
            self._worker.join()

    def _drop_cancelled(self) -> None:
        kept = deque()
        for entry in self._waiting:
            if entry[2].cancelled():
                entry[2].set_running_or_notify_cancel()  # for those in futures.wait()
            else:
                kept.append(entry)
        self._waiting = kept

    def _next_batch(self):
        """List of (item, future), claimed: they can no longer be cancelled. None: closed, empty."""
        with self._changed:
            while True:
                if self._waiting:
                    left = self._waiting[0][0] + self._max_wait_s - time.monotonic()
                    if self._closed or left <= 0 or len(self._waiting) >= self._max_batch:
                        self._drop_cancelled()  # it may be neither full nor due without them
                        if not self._waiting:
                            continue
                        left = self._waiting[0][0] + self._max_wait_s - time.monotonic()
                        if self._closed or left <= 0 or len(self._waiting) >= self._max_batch:
                            batch = []
                            while self._waiting and len(batch) < self._max_batch:
                                _, item, future = self._waiting.popleft()
                                if future.set_running_or_notify_cancel():
                                    batch.append((item, future))
                            if batch:
                                return batch
                            continue
                    self._changed.wait(min(left, threading.TIMEOUT_MAX))
                elif self._closed:
                    return None
                else:
                    self._changed.wait()

    def _work(self) -> None:
        while (batch := self._next_batch()) is not None:
            self._run(batch)
            del batch  # do not hold the last items while idle

    def _run(self, batch) -> None:
        try:
            results = self._predict([item for item, _ in batch])
        except BaseException as error:  # the worker must live
            if len(batch) == 1:
                _settle(batch[0][1].set_exception, error)
            else:
                for entry in batch:  # singly: who is at fault fails alone
                    self._run([entry])
            return
        try:
            count = len(results)
        except TypeError:
            count = type(results).__name__
        if count != len(batch):
            for _, future in batch:
                message = f"predict returned {count} results for {len(batch)} items"
                _settle(future.set_exception, RuntimeError(message))
            return
        for (_, future), result in zip(batch, results):
            _settle(future.set_result, result)


def _settle(setter, outcome) -> None:
    try:
        setter(outcome)
    except InvalidStateError:  # somebody else has set it; not the worker's end
        pass
