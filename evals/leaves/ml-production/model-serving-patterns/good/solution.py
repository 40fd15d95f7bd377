"""Requests of many threads, answered in batches by one."""

import queue
import threading
import time
from concurrent.futures import Future
from contextlib import suppress


class Batcher:
    def __init__(self, predict, max_batch, max_wait_s, max_queue):
        self.predict, self.max_batch, self.max_wait_s = predict, max_batch, max_wait_s
        self.waiting = queue.Queue(max_queue)
        self.lock = threading.Lock()
        self.closed = threading.Event()
        self.worker = threading.Thread(target=self._work, daemon=True)
        self.worker.start()

    def submit(self, item):
        future = Future()
        with self.lock:
            if self.closed.is_set():
                raise RuntimeError("closed")
            self.waiting.put_nowait((time.monotonic(), item, future))
        return future

    def close(self):
        with self.lock:
            self.closed.set()
        self.worker.join()

    def _work(self):
        while True:
            try:
                first = self.waiting.get(timeout=0.05)
            except queue.Empty:
                if self.closed.is_set() and self.waiting.empty():
                    return
                continue
            batch, deadline = [first], first[0] + self.max_wait_s
            while len(batch) < self.max_batch:
                left = deadline - time.monotonic()
                if self.closed.is_set():
                    left = 0
                try:
                    batch.append(self.waiting.get(timeout=left) if left > 0
                                 else self.waiting.get_nowait())  # fmt: skip
                except queue.Empty:
                    break
            alive = [(i, f) for _, i, f in batch if f.set_running_or_notify_cancel()]
            if alive:
                self._answer(alive)

    def _answer(self, batch):
        try:
            results = self.predict([item for item, _ in batch])
        except Exception as error:
            if len(batch) == 1:
                batch[0][1].set_exception(error)
            else:
                for one in batch:
                    self._answer([one])
            return
        for (_, future), result in zip(batch, results, strict=False):
            if len(results) == len(batch):
                future.set_result(result)
        if len(results) != len(batch):
            for _, future in batch:
                with suppress(Exception):
                    future.set_exception(RuntimeError("predict: wrong number of results"))
