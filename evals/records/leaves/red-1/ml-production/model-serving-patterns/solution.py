"""Requests of many threads, put into batches for one model thread."""

import queue
import threading
import time
from collections import OrderedDict
from concurrent.futures import Future


class Batcher:
    """Collects items; one thread of its own calls `predict` with up to `max_batch` of them."""

    def __init__(self, predict, max_batch: int, max_wait_s: float, max_queue: int):
        if max_batch < 1 or max_queue < 1:
            raise ValueError("max_batch and max_queue must be at least 1")
        self._predict = predict
        self._max_batch = max_batch
        self._max_wait_s = max_wait_s
        self._max_queue = max_queue
        self._waiting = OrderedDict()  # future -> (item, time of arrival), oldest first
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="batcher", daemon=True)
        self._thread.start()

    def submit(self, item) -> Future:
        """Queue an item; queue.Full when max_queue items wait, RuntimeError after close."""
        future = Future()
        # A cancelled item leaves at once, so it neither holds a place nor counts for a batch or its deadline.
        future.add_done_callback(self._forget)
        with self._changed:
            if self._closed:
                raise RuntimeError("the batcher is closed")
            if len(self._waiting) >= self._max_queue:
                raise queue.Full
            self._waiting[future] = (item, time.monotonic())
            self._changed.notify_all()
        return future

    def close(self) -> None:
        """Answer what is queued, then return."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _forget(self, future) -> None:
        with self._changed:
            self._waiting.pop(future, None)

    def _run(self) -> None:
        while self._serve():
            pass

    def _serve(self) -> bool:
        """One batch; False when there will be no more."""
        batch = self._next_batch()
        if batch is None:
            return False
        if batch:
            self._answer(batch)
        return True

    def _next_batch(self):
        """Wait for a batch that is due: [(future, item), ...]; None when closed and empty."""
        with self._changed:
            while not self._closed and len(self._waiting) < self._max_batch:
                if not self._waiting:
                    self._changed.wait()
                    continue
                _, arrived = next(iter(self._waiting.values()))
                left = arrived + self._max_wait_s - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(min(left, threading.TIMEOUT_MAX))
            if not self._waiting:
                return None  # only when closed
            batch = []
            while self._waiting and len(batch) < self._max_batch:
                future, (item, _) = self._waiting.popitem(last=False)
                if future.set_running_or_notify_cancel():  # from here on it cannot be cancelled
                    batch.append((future, item))
            return batch

    def _answer(self, batch) -> None:
        """Call predict; when it raises, halve the batch until the items at fault stand alone."""
        todo = [batch]
        while todo:
            part = todo.pop()
            try:
                results = self._predict([item for _, item in part])
            except BaseException as error:  # the thread must outlive whatever predict raises
                if len(part) == 1:
                    self._settle(part[0][0], error=error)
                else:
                    middle = len(part) // 2
                    todo += [part[middle:], part[:middle]]
                continue
            try:
                results = list(results)
                problem = None if len(results) == len(part) else f"{len(results)} results"
            except BaseException as error:
                problem = f"no list of results ({error!r})"
            for index, (future, _) in enumerate(part):
                if problem is None:
                    self._settle(future, result=results[index])
                else:
                    self._settle(future, error=RuntimeError(f"predict gave {problem} for {len(part)} items"))

    @staticmethod
    def _settle(future, result=None, error=None) -> None:
        try:
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
        except BaseException:  # a client's callback, or a future the client settled itself
            pass
