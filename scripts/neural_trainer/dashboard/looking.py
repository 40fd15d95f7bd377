"""Looks at runs again and again; reads and judges only what has changed since the last look."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from neural_trainer.dashboard.alarms import Alarms, diagnosed, written
from neural_trainer.dashboard.machine import last_seen, machine_file
from neural_trainer.dashboard.places import Followed, Places, log_of
from neural_trainer.dashboard.status import Status, chief_signal
from neural_trainer.errors import ReadError
from neural_trainer.live.launch.checkpoints import files_below, state_of
from neural_trainer.live.launch.view import num_points
from neural_trainer.live.run_folder import ALERTS_FILE, METRICS_FILE, SUMMARY_FILE
from neural_trainer.runs.find import find, is_run_folder
from neural_trainer.runs.follow import Follower
from neural_trainer.runs.plain_text import printable
from neural_trainer.runs.run import Run, compact

AT_REST_S = 600.0  # since a log was written, from which it is read anew should it go on
GROWN = 1.05  # times as many points, from which a run is judged again, as the Monitor does
UNREAD = "not read yet"
_MOST_OF_REASON = 300  # characters
_MOST_SUMMARY_BYTES = 1 << 20


@dataclass
class _Log:
    """What is known of one followed log. judged: points and last value at its last diagnosis."""

    of: Followed
    path: Path
    follower: Follower
    files: dict[Path, tuple[int, int]] | None = None  # None: not looked at yet
    runs: list[Run] = field(default_factory=list)
    judged: dict[str, tuple[int, bool, Alarms]] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)


def _nobody() -> None:
    """Tell nobody."""


class Looker:
    """Follows the logs that `places` gives, asked anew at each look: a project gains runs.

    num_older: its runs that were left out of the last look. clock: unix seconds.
    """

    def __init__(
        self, places: Callable[[], Places], clock: Callable[[], float] = time.time
    ) -> None:
        self._places, self._clock = places, clock
        self._logs: dict[Followed, _Log] = {}
        self.num_older = 0

    def look(self, told: Callable[[], None] = _nobody, read: Callable[[], None] = _nobody) -> bool:
        """Look at each log; return whether anything has changed since the last time.

        All that has changed is read first, then judged. told: called as each step of that is done;
        read: before the first is judged.
        """
        places = self._places()
        changed = (*self._logs,) != places.logs
        self.num_older = places.num_older
        self._logs = {place: self._logs.get(place) or _begun(place) for place in places.logs}
        if changed:
            told()
        news = []
        for log in self._logs.values():
            path = log_of(log.of.path)
            if path != log.path:
                log.path, log.follower = path, Follower(path)
            files = state_of(_files(log))
            if files == log.files:
                continue
            log.files = files
            _read(log, self._clock())
            news.append(log)
            told()
        if news:
            read()
        for log in news:
            for number in range(len(log.runs)):
                if _judge(log, number):
                    told()
        return changed or bool(news)

    @property
    def statuses(self) -> list[Status]:
        """How each run stands, in the order in which they were named."""
        return [status for log in self._logs.values() for status in log.statuses]


def _begun(place: Followed) -> _Log:
    path = log_of(place.path)
    return _Log(place, path, Follower(path), statuses=_unread(place))


def _unread(place: Followed) -> list[Status]:
    """Return the runs that are seen to be there before any is read, by the names of their folders.

    They keep their places: of a folder of many, reading takes seconds.
    """
    root = place.path
    homes: list[Path] = []
    if root.is_dir() and not is_run_folder(root):
        found = find(root)
        homes = [*found.run_folders, *found.mlflow, *found.events]
    named = dict.fromkeys(homes or [root], place.name or root.name)
    named |= {home: home.relative_to(root).as_posix() for home in homes if home != root}
    return [
        Status(name, str(home), UNREAD, math.nan, None, None, None) for home, name in named.items()
    ]


def _files(log: _Log) -> Iterable[Path]:
    """Return the files that a change of the log shows in."""
    beside = [log.of.path / name for name in (ALERTS_FILE, SUMMARY_FILE)]
    beside.append(machine_file(log.of.path))
    if is_run_folder(log.path):
        return [log.path / METRICS_FILE, *beside]
    if log.path.is_dir():
        return [*files_below(log.path), *beside]
    return [log.path, *beside]


@np.errstate(all="ignore")  # losses of 1e308 are shown as they are
def _read(log: _Log, now_s: float) -> None:
    """Read what is new of a log; what cannot be read is said and leaves what was read before.

    Of a log at rest nothing is kept to read it on by: that is more than its points.
    """
    why = ""
    try:
        log.runs = log.follower.poll()
    except (ReadError, OSError) as error:
        gone = not log.path.exists()
        why = "gone: it is no longer there" if gone else _reason(error, log.path)
        log.follower = Follower(log.path)
    files = log.files or {}
    metrics = [changed for path, (changed, _) in files.items() if path.name != SUMMARY_FILE]
    changed = max(metrics, default=math.nan) / 1e9
    if log.runs and now_s - changed > AT_REST_S:
        log.runs, log.follower = [compact(run) for run in log.runs], Follower(log.path)
    if not log.runs:
        name = log.of.name or log.of.path.name
        path = str(log.of.path)
        log.statuses = [Status(name, path, why, changed, None, None, None)]
        return
    own = len(log.runs) == 1
    state = why or (_ended(log.of.path) if own else "")
    machine = last_seen(log.of.path) if own else None
    log.statuses = []
    for number, run in enumerate(log.runs):
        alarms = (written(log.of.path) if own else None) or _judged_before(log, number)
        name = log.of.name if log.of.name and own else run.name
        path = str(log.of.path) if own else run.source
        status = Status(name, path, state, changed, run, alarms, machine)
        log.statuses.append(status)


def _judged_before(log: _Log, number: int) -> Alarms | None:
    """Return the last diagnosis of a run; None where there is none yet."""
    before = log.judged.get(_key(log, number))
    return None if before is None else before[2]


def _judge(log: _Log, number: int) -> bool:
    """Diagnose a run whose alarms nobody wrote; not while it has hardly grown. Return if it was."""
    status, run = log.statuses[number], log.runs[number]
    if status.alarms is not None and status.alarms.origin != "diagnosis":
        return False
    count, chief = num_points(run), run.get(chief_signal(run))
    finite = chief is None or math.isfinite(float(chief.value[-1]))
    before = log.judged.get(_key(log, number))
    if before is not None and before[0] <= count < GROWN * before[0] and before[1] == finite:
        return False
    with np.errstate(all="ignore"):
        alarms = diagnosed(run)
    log.judged[_key(log, number)] = (count, finite, alarms)
    log.statuses[number] = replace(status, alarms=alarms)
    return True


def _key(log: _Log, number: int) -> str:
    return f"{number} {log.runs[number].name}"


def _ended(folder: Path) -> str:
    """Return how a run ended, as its summary.json says; "" while there is none."""
    path = folder / SUMMARY_FILE
    with suppress(OSError, ValueError, RecursionError):
        if path.is_file() and path.stat().st_size <= _MOST_SUMMARY_BYTES:
            told = json.loads(path.read_text(encoding="utf-8"))
            ended = told.get("ended") if isinstance(told, dict) else None
            return f"ended: {printable(ended)}" if isinstance(ended, str) else "ended"
    return ""


def _reason(error: Exception, path: Path) -> str:
    told = str(error).removeprefix(f"{path}: ")
    return f"cannot be read now: {printable(told, _MOST_OF_REASON)}"
