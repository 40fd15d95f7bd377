"""The relay behind the plugin's monitor: the alarms of a project's runs, as lines for the model.

Every line printed wakes the model, so nothing is printed but alarms. What an earlier relay of the
project told is not told again; what was raised while none ran is told by the next if it stands.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from neural_trainer.live.alarm import SCHEMA, Alarm, Place, as_object, look_closer
from neural_trainer.live.alarm import alarm_id as id_of
from neural_trainer.live.alarm import parse_alarm as parse_alarm
from neural_trainer.live.alarm import sentence as sentence_of
from neural_trainer.live.own_words import learn_words
from neural_trainer.live.registry import PROJECT_FOLDER, REGISTRY_FILE, Registered, registered
from neural_trainer.live.run_folder import ALERTS_FILE
from neural_trainer.live.silences import SILENCED_FILE, Silence, silenced
from neural_trainer.live.tail import Mark, Tail, end_of
from neural_trainer.live.told import ToldRun, keep_told_of_runs, told_of_runs

POLL_S = 1.0  # an alarm may wait this long; a poll of 100 runs takes about 0.3 ms
MAX_RUNS = 100  # the newest of the registry: a poll costs one stat for each
MAX_LINES_A_POLL = 4  # more at once is a storm: the rest becomes one line
MAX_LINES_A_MINUTE = 12  # more would bury the user's own talk with the model
MOST_KINDS = 4  # of alarms, named in the line that sums up others

Tell = Callable[[str, dict[str, Any]], None]
"""Is handed each line that was told, and the same as an object."""


def follow(
    project: Path,
    out: TextIO,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] | None = None,
    as_json: bool = False,
    tell: Tell | None = None,
) -> None:
    """Print a line for each alarm that a run of `project` raises, changes or clears from now on.

    as_json: the checked fields as one object a line, in place of a sentence. Ends when `stop`
    says so (by default when the process that started this one is gone), or when nobody reads
    `out` any more. `clock` counts seconds.
    """
    stop = stop if stop is not None else _orphaned()
    teller = Teller(project, out, clock, as_json, tell)
    relay = _Relay(project, teller)
    try:
        while not stop():
            sleep(POLL_S)
            relay.poll()
    except BrokenPipeError:
        return


def _orphaned() -> Callable[[], bool]:
    """Return what tells whether the parent of this process has gone."""
    parent = os.getppid()
    return lambda: os.getppid() != parent


class News(NamedTuple):
    """An alarm to be told, of which run, and the cause that was told of it before."""

    alarm: Alarm
    place: Place
    cause_before: str = ""


class Teller:
    """Prints alarms but those silenced; of a storm the first few, and the rest as one line."""

    def __init__(
        self,
        project: Path,
        out: TextIO,
        clock: Callable[[], float],
        as_json: bool = False,
        tell: Tell | None = None,
    ) -> None:
        self._project = project
        self._out, self._clock = out, clock
        self._as_json, self._tell = as_json, tell
        self._printed_at: deque[float] = deque()
        self._rest = _Rest()
        self._silences: dict[str, Silence] = {}
        self._silences_state: tuple[int, int, int] | None = None

    def take(self, news: Sequence[News]) -> None:
        """Tell what has happened since the last call; call it often, with nothing too."""
        if self._rest.kinds and not self._is_full():  # the minute is over
            self._sum_up()
        heard = [item for item in news if not self._is_silenced(item)]
        room = MAX_LINES_A_POLL if len(heard) <= MAX_LINES_A_POLL else MAX_LINES_A_POLL - 1
        for place, item in enumerate(heard):
            if place < room and not self._is_full():
                self._print(sentence_of(*item), as_object(item.alarm, item.place))
            else:
                self._rest.add(item)
        if self._rest.kinds and not self._is_full():
            self._sum_up()

    def _sum_up(self) -> None:
        rest, self._rest = self._rest, _Rest()
        count, kinds = rest.kinds.total(), rest.kinds.most_common()
        named = ", ".join(f"{name} ({times})" for name, times in kinds[:MOST_KINDS])
        others = f" and {len(kinds) - MOST_KINDS} other kinds" if len(kinds) > MOST_KINDS else ""
        runs = len(rest.paths)
        look = look_closer(rest.folder(), self._project)
        self._print(
            f"neural-trainer: {count} more {'alarm' if count == 1 else 'alarms'} of "
            f"{runs} {'run' if runs == 1 else 'runs'}: {named}{others}.{look}",
            {"schema": SCHEMA, "more": count, "runs": runs, "alarms": dict(kinds)},
        )

    def _print(self, line: str, record: dict[str, Any]) -> None:
        self._printed_at.append(self._clock())
        self._out.write((json.dumps(record) if self._as_json else line) + "\n")
        self._out.flush()
        if self._tell is not None:
            self._tell(line, record)

    def _is_full(self) -> bool:
        now = self._clock()
        while self._printed_at and now - self._printed_at[0] >= 60:
            self._printed_at.popleft()
        return len(self._printed_at) >= MAX_LINES_A_MINUTE

    def _is_silenced(self, item: News) -> bool:
        state = _state(self._project / PROJECT_FOLDER / SILENCED_FILE)
        if state != self._silences_state:
            self._silences, self._silences_state = silenced(self._project), state
        return id_of(item.place.key, item.alarm.id) in self._silences


class _Rest:
    """Alarms that are not told one by one: how many of each kind, and of which runs."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.paths: dict[str, Path] = {}

    def add(self, item: News) -> None:
        """Count one."""
        self.kinds[item.alarm.id] += 1
        self.paths[item.place.key] = item.place.path

    def folder(self) -> Path:
        """Return the run, or the folder that holds all of them."""
        paths = list(self.paths.values())
        return paths[0] if len(paths) == 1 else Path(os.path.commonpath(paths))


class _Watched:
    """One registered run: the tail of its alarms, and the cause told of each that stands."""

    def __init__(self, run: Registered, mark: Mark | None, standing: dict[str, str]) -> None:
        self.run = run
        self.tail = Tail(run.folder / ALERTS_FILE, mark)
        self.standing = standing

    def place(self, project: Path) -> Place:
        """Return the run as a line names it."""
        return Place(self.run.name, self.run.folder, project, str(self.run.folder))

    def news(self, project: Path) -> list[News]:
        """Return what the run has raised, changed and cleared since the last call."""
        found = []
        for line in self.tail.lines():
            alarm = parse_alarm(line)
            if alarm is None:
                continue
            stands, before = alarm.id in self.standing, self.standing.get(alarm.id, "")
            # What cleared but was not raised here is no news; nor is what stands already.
            if stands == (alarm.state == "raised"):
                continue
            if alarm.state == "cleared":
                del self.standing[alarm.id]
            else:
                self.standing[alarm.id] = alarm.cause
            found.append(News(alarm, self.place(project), before))
        return found


class _Relay:
    """Everything between two polls: the runs being watched, and what was told of them."""

    def __init__(self, project: Path, teller: Teller) -> None:
        self._project = project
        self._teller = teller
        self._runs: dict[Path, _Watched] = {}
        self._registry_state: tuple[int, int, int] | None = None
        self._earlier = told_of_runs(project)
        self._is_first = True
        self._kept: dict[Path, Mark] = {}
        self._find_runs()

    def poll(self) -> None:
        """Tell what the runs have raised, changed and cleared since the last poll."""
        is_first, self._is_first = self._is_first, False
        self._find_runs()
        news: list[News] = []
        for run in self._runs.values():
            before = dict(run.standing) if is_first else {}
            new = run.news(self._project)
            news += _lasting(new, before, run.standing) if is_first else new
        self._teller.take(news)
        marks = {folder: run.tail.mark for folder, run in self._runs.items()}
        if marks != self._kept:
            self._kept = marks
            self._keep()

    def _find_runs(self) -> None:
        """Follow the registry: the newest of the runs, and those registered since."""
        state = _state(self._project / PROJECT_FOLDER / REGISTRY_FILE)
        if state is None or state == self._registry_state:  # one that vanishes takes no run along
            return
        try:
            runs = registered(self._project)[-MAX_RUNS:]
        except (OSError, RecursionError):  # gone again, or not of our making: the runs known stay
            return
        self._registry_state = state
        if runs:
            learn_words()
        known, self._runs = self._runs, {}
        for run in runs:
            before = known.get(run.folder)
            if before is None or before.run.started != run.started:
                before = self._begun(run)
            self._runs[run.folder] = before

    def _begun(self, run: Registered) -> _Watched:
        """Return a run to be watched from where an earlier relay ended; from its start if new."""
        earlier = (self._earlier or {}).get(str(run.folder))
        if earlier is not None and earlier.started == run.started:
            return _Watched(run, earlier.mark, dict(earlier.standing))
        is_old = self._earlier is None and self._is_first
        return _Watched(run, end_of(run.folder / ALERTS_FILE) if is_old else None, {})

    def _keep(self) -> None:
        told = {
            str(folder): ToldRun(run.run.started, run.tail.mark, run.standing)
            for folder, run in self._runs.items()
        }
        try:
            keep_told_of_runs(self._project, told)
        except OSError:  # a folder that cannot be written: the next relay may repeat
            return


def _lasting(news: Sequence[News], before: Mapping[str, str], now: Mapping[str, str]) -> list[News]:
    """Return what of `news` still matters, one for each alarm: how it stood before, and now."""
    last = {item.alarm.id: item for item in news}
    kept = []
    for name, item in last.items():
        if name in now and name not in before:
            item = item._replace(alarm=item.alarm._replace(state="raised"))
        elif name in before:
            item = item._replace(cause_before=before[name])
        else:
            continue
        kept.append(item)
    return kept


def _state(path: Path) -> tuple[int, int, int] | None:
    """Return what differs once a file was written to; None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):  # a pipe would block the reader
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
