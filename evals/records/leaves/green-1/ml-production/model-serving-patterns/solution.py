import queue
import threading
import time
from concurrent.futures import Future


class Batcher:
    """Puts the items of many threads into batches for `predict`, which one thread calls."""

    def __init__(self, predict, max_batch: int, max_wait_s: float, max_queue: int):
        if max_batch < 1 or max_queue < 1 or max_wait_s < 0:
            raise ValueError("max_batch and max_queue must be at least 1, max_wait_s not negative")
        self._predict = predict
        self._max_batch, self._max_wait, self._max_queue = max_batch, max_wait_s, max_queue
        self._changed = threading.Condition()
        self._waiting = {}  # Future -> (item, time of arrival), oldest first
        self._closed = False
        self._worker = threading.Thread(target=self._work, name="batcher", daemon=True)
        self._worker.start()

    def submit(self, item) -> Future:
        future = Future()
        with self._changed:
            if self._closed:
                raise RuntimeError("the batcher is closed")
            if len(self._waiting) >= self._max_queue:
                raise queue.Full
            self._waiting[future] = (item, time.monotonic())
            self._changed.notify_all()
        future.add_done_callback(self._forget)
        return future

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if threading.current_thread() is not self._worker:
            self._worker.join()

    def _forget(self, future):
        """An item given up while it waits leaves its place at once."""
        if not future.cancelled():
            return
        with self._changed:
            if self._waiting.pop(future, None) is None:
                return  # the worker has it, and tells the waiters itself
            self._changed.notify_all()
        future.set_running_or_notify_cancel()  # concurrent.futures.wait() depends on it

    def _work(self):
        while batch := self._next_batch():
            self._answer(batch)
            del batch  # keep no item alive while idle

    def _next_batch(self):
        """List of (future, item), all of them running; empty when closed and drained."""
        with self._changed:
            while True:
                if not self._waiting:
                    if self._closed:
                        return []
                    self._changed.wait()
                    continue
                _, arrived = next(iter(self._waiting.values()))
                left = arrived + self._max_wait - time.monotonic()
                if len(self._waiting) < self._max_batch and left > 0 and not self._closed:
                    self._changed.wait(left)  # the oldest may have gone meanwhile: look again
                    continue
                batch = []
                while self._waiting and len(batch) < self._max_batch:
                    future = next(iter(self._waiting))
                    item, _ = self._waiting.pop(future)
                    if future.set_running_or_notify_cancel():
                        batch.append((future, item))
                if batch:
                    return batch

    def _answer(self, batch):
        try:
            results = self._predict([item for _, item in batch])
        except BaseException as error:  # the worker must outlive whatever predict does
            if len(batch) == 1:
                batch[0][0].set_exception(error)
            else:  # by halves: one bad item of n costs about 2 log n calls, not n
                middle = len(batch) // 2
                self._answer(batch[:middle])
                self._answer(batch[middle:])
            return
        try:
            results = list(results)
            problem = None if len(results) == len(batch) else f"{len(results)} results"
        except Exception as error:
            problem = f"no list of results ({error!r})"
        for i, (future, _) in enumerate(batch):
            if problem is None:
                future.set_result(results[i])
            else:
                future.set_exception(
                    RuntimeError(f"predict returned {problem} for {len(batch)} items")
                )
