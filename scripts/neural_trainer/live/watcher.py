"""Judges logs that are growing, whoever writes them: one line per alarm, and nothing else."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from neural_trainer.diagnosis.chances import WELL
from neural_trainer.errors import ReadError
from neural_trainer.live.alarm import Place, alarm_id, checked, plain_path
from neural_trainer.live.judge import Verdict, whole_diagnosis
from neural_trainer.live.relay import POLL_S, News, Tell, Teller
from neural_trainer.live.run_folder import METRICS_FILE
from neural_trainer.live.standing import Standing
from neural_trainer.live.told import ToldLog, keep_told_of_log, told_of_logs
from neural_trainer.runs.follow import Follower
from neural_trainer.runs.run import Run

QUIET = 20  # looks without anything new after which it looks less often
MOST_WAIT_S = 10.0
REST = 10.0  # times as long as a look took: at most about a tenth of one core is used


def watch(
    path: str,
    out: TextIO,
    *,
    project: Path,
    once: bool = False,
    as_json: bool = False,
    talk: TextIO | None = None,
    tell: Tell | None = None,
    verdict: Verdict | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Print a line for each alarm of a run in the log or folder `path`: raised, changed, cleared.

    What was told is kept in `project`, so that another watch does not repeat it; with `once`
    everything that stands is told. talk: told why there is nothing to judge yet, and what still
    stands of what was told before. Raises ReadError where there is nothing at `path` to begin
    with; with `once` also where nothing in it can be read.
    """
    if not Path(path).exists():
        raise ReadError(f"{path}: no such file or folder; expected a log that is being written")
    teller = Teller(project, out, clock, as_json, tell)
    watcher = _Watcher(path, project, verdict if verdict is not None else whole_diagnosis(), once)
    idle, told = 0, talk is None
    while True:
        began = clock()
        idle += 1
        try:
            for news in watcher.look():
                idle = 0
                teller.take(news)
            teller.take([])
            _say(watcher.told_before(), talk)
        except ReadError as error:  # nothing yet, or caught while it is rewritten
            if once:
                raise
            if not told:
                _say([f"{error}; waiting for it"], talk)
        told = True
        if once or stop():
            return
        wait_s = POLL_S if idle < QUIET else MOST_WAIT_S
        sleep(max(wait_s, REST * (clock() - began)))


def _say(sentences: Sequence[str], talk: TextIO | None) -> None:
    for said in sentences:
        if talk is not None:
            print(f"neural-trainer: {said}", file=talk, flush=True)


@dataclass
class _Seen:
    """A run as it was judged last. shrunk: it was shorter when it was looked at last."""

    state: object = None
    last_step: float = math.nan
    shrunk: bool = False
    standing: Standing = field(default_factory=Standing)
    ever: dict[str, None] = field(default_factory=dict)
    recalled: bool = False


class _Watcher:
    """The runs at a path and which of their alarms were told."""

    def __init__(self, path: str, project: Path, verdict: Verdict, once: bool) -> None:
        self._path, self._project, self._once = path, project, once
        self._verdict = verdict
        self._follower = Follower(path)
        self._seen: dict[str, _Seen] = {}
        self._earlier = {} if once else told_of_logs(project)
        self._told_before: list[str] = []

    def told_before(self) -> list[str]:
        """Return, once, which alarms stand that an earlier watch has told."""
        told, self._told_before = self._told_before, []
        return told

    def look(self) -> Iterator[list[News]]:
        """Yield, for each run that has changed, what is new of its alarms."""
        runs = self._follower.poll()
        places = Counter[str]()
        for run in runs:
            # Names change once a second run of the same name appears; the place in a file does not.
            places[run.source] += 1
            key = run_key(run.source, places[run.source])
            if key not in self._seen:
                self._seen[key] = self._recalled(key)
            seen = self._seen[key]
            if not self._is_news(run, seen):
                continue
            path = Path(self._path if len(runs) == 1 else run.source)
            yield self._news(run, seen, Place(run.name, path, self._project, key))

    def _recalled(self, key: str) -> _Seen:
        """Return what an earlier watch has told of a run."""
        seen, earlier = _Seen(), self._earlier.get(key)
        if earlier is not None:
            seen.last_step, seen.recalled = earlier.last_step, True
            for symptom, told in earlier.alarms.items():
                seen.ever[symptom] = None
                if told is not None:
                    seen.standing.recall({**told, "symptom": symptom, "state": "raised"})
        return seen

    def _is_news(self, run: Run, seen: _Seen) -> bool:
        """Return whether `run` is to be judged; one that got shorter only if it stays so."""
        state = _state(run)
        if state == seen.state:
            seen.shrunk = False
            return False
        if run.last_step < seen.last_step:
            if not seen.shrunk:  # perhaps caught while it is rewritten
                seen.shrunk = True
                return False
            seen.standing, seen.recalled = Standing(), False  # another run in its place
        seen.state, seen.last_step, seen.shrunk = state, run.last_step, False
        return True

    def _news(self, run: Run, seen: _Seen, place: Place) -> list[News]:
        report, findings = self._verdict(run)
        causes = {name: told.cause for name, told in seen.standing.told.items()}
        step = int(run.last_step) if math.isfinite(run.last_step) else 0
        well = report.verdict in WELL
        lines = seen.standing.news(findings, report.root_causes, step, well)
        if seen.recalled:
            seen.recalled = False
            again = [name for name in seen.standing.told if name in causes]
            ids = ", ".join(f"{name} (alarm {alarm_id(place.key, name)})" for name in again)
            if again:
                where = plain_path(place.path, self._project) or "this log"
                self._told_before.append(f"told before of {where}, and still standing: {ids}")
        seen.ever.update(dict.fromkeys(line["id"] for line in lines))
        if lines and not self._once:
            self._keep(run, seen, place.key)
        alarms = ((checked(line), causes.get(line["id"], "")) for line in lines)
        return [News(alarm, place, before) for alarm, before in alarms if alarm is not None]

    def _keep(self, run: Run, seen: _Seen, key: str) -> None:
        stands = {name: told._asdict() for name, told in seen.standing.told.items()}
        alarms = {name: stands.get(name) for name in seen.ever}
        try:
            keep_told_of_log(self._project, key, ToldLog(run.name, seen.last_step, alarms))
        except OSError:  # a folder that cannot be written: the next watch may repeat
            return


def run_key(source: str, place: int = 1) -> str:
    """Return what tells a run from all others: its folder, or its file and its place in it.

    A run folder has the key that the project's registry gives its alarms.
    """
    path = Path(source).absolute()
    folder = path.parent if path.name == METRICS_FILE else path
    return str(folder) if place == 1 else f"{folder}#{place}"


def _state(run: Run) -> Sequence[object]:
    """Return what differs once anything was logged."""
    signals = (
        (name, len(series), series.step[-1:].tobytes(), series.value[-1:].tobytes())
        for name, series in run.signals.items()
    )
    return [run.events, *signals]
