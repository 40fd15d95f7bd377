"""The usual batcher: a cancelled future kills the worker."""

import queue
import threading
import time
from concurrent.futures import Future


class Batcher:
    def __init__(self, predict, max_batch, max_wait_s, max_queue):
        self.predict, self.max_batch, self.max_wait_s = predict, max_batch, max_wait_s
        self.queue = queue.Queue(max_queue)
        self.closed = False
        self.worker = threading.Thread(target=self._work, daemon=True)
        self.worker.start()

    def submit(self, item):
        if self.closed:
            raise RuntimeError("closed")
        future = Future()
        self.queue.put_nowait((item, future))
        return future

    def close(self):
        self.closed = True
        self.worker.join()

    def _work(self):
        while not (self.closed and self.queue.empty()):
            try:
                batch = [self.queue.get(timeout=0.05)]
            except queue.Empty:
                continue
            deadline = time.monotonic() + self.max_wait_s
            while len(batch) < self.max_batch and time.monotonic() < deadline:
                try:
                    batch.append(self.queue.get(timeout=max(0, deadline - time.monotonic())))
                except queue.Empty:
                    break
            try:
                results = self.predict([item for item, _ in batch])
                for (_, future), result in zip(batch, results, strict=True):
                    future.set_result(result)
            except Exception as error:
                for _, future in batch:
                    future.set_exception(error)
