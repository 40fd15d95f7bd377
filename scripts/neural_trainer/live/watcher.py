"""Judges logs that are growing, whoever writes them: one line per alarm, and nothing else."""

from __future__ import annotations

import json
import math
import shlex
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from neural_trainer.errors import ReadError
from neural_trainer.live.judge import Verdict, whole_diagnosis
from neural_trainer.live.relay import POLL_S, SCHEMA
from neural_trainer.render.report_text import printable
from neural_trainer.runs.follow import Follower
from neural_trainer.runs.run import Run

QUIET = 20  # looks without anything new after which it looks less often
MOST_WAIT_S = 10.0
REST = 10.0  # times as long as a look took: at most about a tenth of one core is used


def watch(
    path: str,
    out: TextIO,
    *,
    once: bool = False,
    as_json: bool = False,
    talk: TextIO | None = None,
    verdict: Verdict | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Print a line for each symptom of a faulty run in the log or folder `path`, when it appears.

    talk: told once why there is nothing to judge yet. Raises ReadError where there is nothing at
    `path` to begin with; with `once` also where nothing in it can be read.
    """
    if not Path(path).exists():
        raise ReadError(f"{path}: no such file or folder; expected a log that is being written")
    watcher = _Watcher(path, verdict if verdict is not None else whole_diagnosis())
    idle, told = 0, talk is None
    while True:
        began = clock()
        idle += 1
        try:
            for alarms in watcher.look():
                idle = 0
                for alarm in alarms:
                    line = json.dumps(alarm) if as_json else sentence(alarm)
                    print(line, file=out, flush=True)
        except ReadError as error:  # nothing yet, or caught while it is rewritten
            if once:
                raise
            if not told:
                print(f"neural-trainer: {error}; waiting for it", file=talk, flush=True)
        told = True
        if once or stop():
            return
        wait_s = POLL_S if idle < QUIET else MOST_WAIT_S
        sleep(max(wait_s, REST * (clock() - began)))


@dataclass
class _Seen:
    """A run as it was judged last. shrunk: it was shorter when it was looked at last."""

    state: object = None
    last_step: float = math.nan
    shrunk: bool = False
    raised: set[str] = field(default_factory=set)


class _Watcher:
    """The runs at a path and which of their alarms were told."""

    def __init__(self, path: str, verdict: Verdict) -> None:
        self._path = path
        self._verdict = verdict
        self._follower = Follower(path)
        self._seen: dict[tuple[str, int], _Seen] = {}

    def look(self) -> Iterator[list[dict[str, Any]]]:
        """Yield, for each run that has changed, its alarms that were not told."""
        runs = self._follower.poll()
        places = Counter[str]()
        for run in runs:
            # Names change once a second run of the same name appears; the place in a file does not.
            places[run.source] += 1
            seen = self._seen.setdefault((run.source, places[run.source]), _Seen())
            if not self._is_news(run, seen):
                continue
            path = self._path if len(runs) == 1 else run.source
            yield [{**alarm, "path": path} for alarm in self._new_alarms(run, seen)]

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
            seen.raised.clear()  # another run in its place
        seen.state, seen.last_step, seen.shrunk = state, run.last_step, False
        return True

    def _new_alarms(self, run: Run, seen: _Seen) -> list[dict[str, Any]]:
        report, findings = self._verdict(run)
        causes = report.root_causes
        new = [
            {
                "schema": SCHEMA,
                "run": run.name,
                "symptom": finding.symptom,
                "step": finding.step,
                "message": finding.evidence[0],
                "cause": causes[0].cause if causes else "unknown",
                "confidence": round(causes[0].confidence, 4) if causes else 0.0,
            }
            for finding in findings
            if finding.symptom not in seen.raised
        ]
        if report.verdict != "faulty":  # what passes within a faulty run may come back: told once
            seen.raised.clear()
        seen.raised.update(str(alarm["symptom"]) for alarm in new)
        return new


def _state(run: Run) -> Sequence[object]:
    """Return what differs once anything was logged."""
    return [
        (name, len(series), series.step[-1:].tobytes(), series.value[-1:].tobytes())
        for name, series in run.signals.items()
    ]


def sentence(alarm: dict[str, Any]) -> str:
    """Return an alarm as one line for people."""
    return (
        f"neural-trainer: {printable(alarm['run'])}: {alarm['symptom']}: {alarm['message']} Likely "
        f"{alarm['cause']} ({100 * alarm['confidence']:.0f} %). Look closer: neural-trainer "
        f"diagnose {shlex.quote(printable(alarm['path']))}"
    )
