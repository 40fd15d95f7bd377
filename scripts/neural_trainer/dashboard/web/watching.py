"""Looks at the logs in a thread of its own while somebody watches, and tells the watchers."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from neural_trainer.dashboard.looking import Looker
from neural_trainer.dashboard.status import Status
from neural_trainer.runs.run import Run

EVERY_S = 0.5  # a new point is to be on the screen within 2 s
REST = 2.0  # times as long as a look took with news, and without, in bounds
IDLE_REST = 50.0
MOST_WAIT_S = 2.0
FIRST_CHART_S = 1.0  # that the first judgement waits for a chart
OFTEN_S = 0.1  # between two snapshots of one look


@dataclass(frozen=True)
class Shown:
    """A run on the page. version: another one each time that its points or alarms changed."""

    id: str
    version: int
    status: Status


@dataclass(frozen=True)
class Snapshot:
    """All runs at one moment, in order, by id. number: of the snapshot."""

    number: int = 0
    runs: dict[str, Shown] = field(default_factory=dict)
    num_older: int = 0


class Watch:
    """Follows the logs of a Looker; at rest while nobody watches.

    drawn: set once a chart has been asked for. failure: what ended it, for who waits for the end.
    """

    def __init__(self, looker: Looker, every_s: float = EVERY_S) -> None:
        self._looker, self._every_s = looker, every_s
        self._snapshot = Snapshot()
        self._versions = 0
        self._published_s = 0.0
        self._watchers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._lock = threading.Lock()
        self._wanted, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="look", daemon=True)
        self.drawn = threading.Event()
        self.failure: BaseException | None = None

    @property
    def snapshot(self) -> Snapshot:
        """How the runs stand."""
        return self._snapshot

    def start(self) -> None:
        """Look for the first time, then whenever somebody watches."""
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether it was let go, or has failed: there will be no news."""
        return self._stopped.is_set()

    def let_go(self) -> None:
        """Tell the watchers and the thread that it is over."""
        self._stopped.set()
        self._wanted.set()
        self._tell()

    def stop(self) -> None:
        """End the thread."""
        self.let_go()
        self._thread.join(timeout=MOST_WAIT_S)

    @contextmanager
    def watched(self) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever there is a new snapshot."""
        news = asyncio.Event()
        with self._lock:
            self._watchers[news] = asyncio.get_running_loop()
        self._wanted.set()
        try:
            yield news
        finally:
            with self._lock:
                del self._watchers[news]

    def _run(self) -> None:
        try:
            self._look_on()
        except BaseException as error:  # told by who waits for the end, in the thread that serves
            self.failure = error
            self.let_go()

    def _look_on(self) -> None:
        while not self._stopped.is_set():
            began = time.monotonic()
            changed = self._looker.look(self._publish_if_due, self._let_draw)
            if changed:
                self._publish()
            took = time.monotonic() - began
            rest = min(MOST_WAIT_S, took * (REST if changed else IDLE_REST))
            self._stopped.wait(max(self._every_s, rest))
            with self._lock:
                if not self._watchers and not self._stopped.is_set():
                    self._wanted.clear()
            self._wanted.wait()

    def _let_draw(self) -> None:
        """Publish what was read, and let the first chart be drawn before anything is judged."""
        self._publish()
        self.drawn.wait(FIRST_CHART_S)
        self.drawn.set()

    def _publish_if_due(self) -> None:
        if time.monotonic() - self._published_s >= OFTEN_S:
            self._publish()

    def _publish(self) -> None:
        self._published_s = time.monotonic()
        before = self._snapshot
        runs = {}
        for name, status in _identified(self._looker.statuses):
            old = before.runs.get(name)
            same = old is not None and _is_same(old.status, status)
            if not same:
                self._versions += 1
            version = old.version if old is not None and same else self._versions
            runs[name] = Shown(name, version, status)
        self._snapshot = Snapshot(before.number + 1, runs, self._looker.num_older)
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            for news, loop in self._watchers.items():
                loop.call_soon_threadsafe(news.set)


def _identified(statuses: list[Status]) -> Iterator[tuple[str, Status]]:
    """Yield each run with an id that stays its own: of its place, and of its name in a log."""
    counts = Counter(status.path for status in statuses)
    taken: set[str] = set()
    for status in statuses:
        told = status.path if counts[status.path] == 1 else f"{status.path}\0{status.name}"
        while (
            name := hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=8).hexdigest()
        ) in taken:
            told += "\0"
        taken.add(name)
        yield name, status


def _is_same(old: Status, new: Status) -> bool:
    """Return whether nothing of a run has changed: a log that holds many is told as a whole."""
    if (old.state, old.alarms, old.machine) != (new.state, new.alarms, new.machine):
        return False
    return _is_same_run(old.run, new.run)


def _is_same_run(old: Run | None, new: Run | None) -> bool:
    if old is None or new is None:
        return old is new
    if old is new:
        return True
    before, after = old.signals, new.signals
    same = len(before) == len(after) and all(before.get(k) is s for k, s in after.items())
    same_layers = (old.layers is None) == (new.layers is None) and len(old.layers or ()) == len(
        new.layers or ()
    )
    return same and same_layers
