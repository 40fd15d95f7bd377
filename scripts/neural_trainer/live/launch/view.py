"""What a run has logged so far: its metrics, wherever they are written, read on as they grow."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from neural_trainer.errors import ReadError
from neural_trainer.live.launch.checkpoints import files_below
from neural_trainer.live.launch.locate import KINDS, Locator
from neural_trainer.live.launch.settings import STDOUT
from neural_trainer.live.launch.visibility import Sight
from neural_trainer.live.run_folder import LAYERS_FILE, METRICS_FILE, STDOUT_FILE
from neural_trainer.runs.find import is_run_folder
from neural_trainer.runs.follow import Follower
from neural_trainer.runs.run import CRASH, Run

REST = 20.0  # times as long as reading took: at most a twentieth of a core is used
SEARCH_S = 2.0  # between two searches for a log that is not there yet


class Mark(NamedTuple):
    """How far a run has logged: its last step, its points, the bytes of its Monitor's file."""

    step: float
    num_points: int
    num_bytes: int


class View:
    """The run behind a launch, read anew whenever its log has changed."""

    def __init__(
        self,
        sight: Sight,
        run_folder: Path,
        folder: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """folder: where the command starts. clock: seconds, steady."""
        self._sight, self._run_folder, self._folder, self._clock = sight, run_folder, folder, clock
        searched = sight.by in KINDS
        self._locator = Locator(sight.by, folder, sight.places) if searched else None
        self._follower: Follower | None = None
        self._changed: object = None
        self._rest_until = -math.inf
        self._last_step = math.nan
        self.path: Path | None = None
        self.run: Run | None = None

    def begin_again(self) -> None:
        """Look for the log of another attempt, which may be another file; the run stays known."""
        if self._sight.by in KINDS:
            shared = None if self._locator is None else self._locator.shared
            self._locator = Locator(self._sight.by, self._folder, self._sight.places, shared)
            self._follower = None

    @property
    def mark(self) -> Mark | None:
        """What differs once the run has logged another step; None before the first."""
        if self.run is None or not num_points(self.run):
            return None
        size = 0
        if self._sight.by == "monitor":  # appended to by each attempt, whatever its steps are
            with suppress(OSError):
                size = (self._run_folder / METRICS_FILE).stat().st_size
        return Mark(self.run.last_step, num_points(self.run), size)

    def look(self, *, at_once: bool = False) -> Run | None:
        """Return the run if something new was logged; `at_once` leaves no time to rest."""
        now = self._clock()
        if now < self._rest_until and not at_once:
            return None
        if self._follower is None and not self._find(now, at_once):
            return None
        assert self.path is not None
        assert self._follower is not None
        changed = _changed(self.path)
        if changed == self._changed:
            if self.path.is_dir() and not is_run_folder(self.path):  # a look goes through it all
                self._rest_until = now + SEARCH_S
            return None
        try:
            run = _chosen(self._follower.poll(), self.path)
        except ReadError:  # caught while it is rewritten, or gone: what was read stays
            return None
        finally:
            self._rest_until = self._clock() + REST * (self._clock() - now)
        if run.last_step < self._last_step and not at_once:
            self._last_step = run.last_step  # perhaps half rewritten: believed if it stays so
            self._changed = None
            return None
        # Launch tells of a crash by the exit code, and a restart goes on in the same text.
        run = replace(run, events=tuple(e for e in run.events if e.kind != CRASH))
        self._changed, self._last_step, self.run = changed, run.last_step, run
        return run

    def _find(self, now: float, at_once: bool) -> bool:
        """Begin to follow the log once there is one."""
        path: Path | None = None
        if self._sight.by == "monitor":
            path = self._run_folder if is_run_folder(self._run_folder) else None
        elif self._sight.by == STDOUT:
            path = self._run_folder / STDOUT_FILE
        elif self._sight.by == "path":
            path = self._folder / self._sight.where
        elif self._locator is not None:
            path = self._locator.find()
            self._rest_until = now + (0 if at_once else SEARCH_S)
        if path is None or not path.exists():
            return False
        self.path, self._follower = path, Follower(path)
        return True


def _chosen(runs: list[Run], path: Path) -> Run:
    """Return the run that is being written: the last of a file, of a folder that with most points.

    Others beside it are earlier ones, or evaluations.
    """
    if path.is_file():
        return runs[-1]
    return max(runs, key=num_points)


def num_points(run: Run) -> int:
    """Return how often the signal that was logged most was logged."""
    return max((len(series) for series in run.signals.values()), default=0)


def _changed(path: Path) -> list[object]:
    """Return what differs once something was logged at `path`."""
    files = [path]
    if is_run_folder(path):
        files = [path / METRICS_FILE, path / LAYERS_FILE]
    elif path.is_dir():
        files = sorted(files_below(path))
    states: list[object] = []
    for file in files:
        with suppress(OSError):
            status = file.stat()
            states.append((str(file), status.st_ino, status.st_size, status.st_mtime_ns))
    return states
