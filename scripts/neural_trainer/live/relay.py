"""The relay behind the plugin's monitor: the alarms of a project's runs, as lines for the model.

Every line printed wakes the model, so nothing is printed but alarms; and a log is a stranger's
text, so nothing is passed on but fields that were checked and a message that was cleaned.
"""

from __future__ import annotations

import json
import math
import os
import re
import shlex
import stat
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from neural_trainer.live.registry import PROJECT_FOLDER, REGISTRY_FILE, Registered, registered
from neural_trainer.live.run_folder import ALERTS_FILE

SCHEMA = "neural-trainer/alarm/1"
POLL_S = 1.0  # an alarm may wait this long; a poll of 100 runs takes about 0.3 ms
MAX_RUNS = 100  # the newest of the registry: a poll costs one stat for each
MAX_READ_BYTES = 65_536  # of one file in one poll
MAX_LINE_BYTES = 4096  # an alarm of ours has some 300
MAX_MESSAGE = 200  # characters
MAX_LINES_A_MINUTE = 12  # more would bury the user's own talk with the model

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MAX_ID = 64  # characters
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]")
_PLAIN_PATH = re.compile(r"[\w./ +=@:,~-]{1,300}")
# Printable ASCII and the signs of our own sentences; not the backtick, nor what could open a tag.
_NOT_IN_A_MESSAGE = re.compile(r"[^ -~±×≈≤≥→·µ…]|`|<(?=[!/?A-Za-z])")  # noqa: RUF001


class Alarm(NamedTuple):
    """One line of alerts.jsonl, checked and cleaned; cause '' and confidence NaN: not given."""

    id: str
    raised: bool
    step: int
    message: str
    cause: str
    confidence: float


def follow(
    project: Path,
    out: TextIO,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] | None = None,
    as_json: bool = False,
) -> None:
    """Print a line for each alarm that a run of `project` raises or clears from now on.

    as_json: the checked fields as one object a line, in place of a sentence. Ends when `stop`
    says so (by default when the process that started this one is gone), or when nobody reads
    `out` any more. `clock` counts seconds.
    """
    stop = stop if stop is not None else _orphaned()
    relay = _Relay(project, out, clock, as_json)
    try:
        while not stop():
            sleep(POLL_S)
            relay.poll()
    except BrokenPipeError:
        return


def parse_alarm(line: bytes) -> Alarm | None:
    """Return the alarm on a line of alerts.jsonl; None for anything that is not one.

    >>> parse_alarm(b'{"id": "nan", "state": "raised", "step": 4, "message": "up,  <b>up"}')
    Alarm(id='nan', raised=True, step=4, message='up, b>up', cause='', confidence=nan)
    """
    if len(line) > MAX_LINE_BYTES:
        return None
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or not _is_id(record.get("id")):
        return None
    state, step = record.get("state"), record.get("step")
    if state not in ("raised", "cleared") or type(step) is not int or not 0 <= step < 10**15:
        return None
    cause, confidence = record.get("cause"), record.get("confidence")
    if isinstance(confidence, bool) or not isinstance(confidence, int | float):
        confidence = math.nan
    return Alarm(
        id=record["id"],
        raised=state == "raised",
        step=step,
        message=_cleaned(record.get("message")) or record["id"],
        cause=str(cause) if _is_id(cause) else "",
        confidence=confidence if 0 <= confidence <= 1 else math.nan,
    )


def sentence(alarm: Alarm, run: Registered, project: Path) -> str:
    """Return the line that Claude gets to read."""
    name = _NOT_IN_A_NAME.sub("_", run.name)[:64]
    start = f"neural-trainer: run {name}, step {alarm.step}: "
    if not alarm.raised:
        return f"{start}{alarm.id} has cleared."
    likely = ""
    if alarm.cause:
        share = "" if math.isnan(alarm.confidence) else f", {100 * alarm.confidence:.0f} %"
        likely = f" (likely {alarm.cause}{share})"
    folder = run.folder.relative_to(project) if run.folder.is_relative_to(project) else run.folder
    look = ""
    if _PLAIN_PATH.fullmatch(str(folder)):
        look = f" Look closer: neural-trainer diagnose {shlex.quote(str(folder))}"
    return f"{start}{alarm.message.rstrip('. ')}{likely}.{look}"


def as_object(alarm: Alarm, run: Registered, project: Path) -> str:
    """Return the same as one JSON object, on one line."""
    known = math.isfinite(alarm.confidence)
    fields = {**alarm._asdict(), "confidence": alarm.confidence if known else None}
    return json.dumps({"schema": SCHEMA, "run": _NOT_IN_A_NAME.sub("_", run.name)[:64], **fields})


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_ID and _ID.fullmatch(value) is not None


def _cleaned(message: Any) -> str:
    """Return one line of at most MAX_MESSAGE harmless characters; '' where there is no message."""
    if not isinstance(message, str):
        return ""
    text = " ".join(_NOT_IN_A_MESSAGE.sub(" ", message[: 4 * MAX_MESSAGE]).split())
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1].rstrip() + "…"


def _orphaned() -> Callable[[], bool]:
    """Return what tells whether the parent of this process has gone."""
    parent = os.getppid()
    return lambda: os.getppid() != parent


class _Tail:
    """The whole lines appended to a file, which may come, go, shrink and be replaced."""

    def __init__(self, path: Path, *, from_end: bool) -> None:
        self._path = path
        self._offset = 0
        self._size = -1
        self._inode = -1
        self._in_long_line = False
        status = self._status() if from_end else None
        if status is not None:
            self._offset = self._size = status.st_size
            self._inode = status.st_ino

    def lines(self) -> list[bytes]:
        """Return the lines that are new since the last call, at most MAX_READ_BYTES of them."""
        status = self._status()
        if status is None:
            return []
        if status.st_size < self._offset or status.st_ino != self._inode:
            self._offset, self._in_long_line = 0, False
        elif status.st_size == self._size:
            return []
        self._inode = status.st_ino
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                chunk = file.read(MAX_READ_BYTES)
        except OSError:  # gone since it was looked at; if it comes back, it is read then
            return []
        end = chunk.rfind(b"\n") + 1
        too_long = end == 0 and len(chunk) > MAX_LINE_BYTES
        # What is left beyond this chunk, or is not a whole line yet, is looked at again.
        used = len(chunk) if too_long else end
        self._offset += used
        self._size = status.st_size if len(chunk) < MAX_READ_BYTES else self._offset
        lines = chunk[:end].split(b"\n")[:-1]
        if self._in_long_line and end:  # the rest of a line of which the start was thrown away
            lines = lines[1:]
        self._in_long_line = too_long or (self._in_long_line and end == 0)
        return lines

    def _status(self) -> os.stat_result | None:
        try:
            status = os.stat(self._path)
        except (OSError, ValueError):  # not there now; ValueError: a name with a null byte
            return None
        return status if stat.S_ISREG(status.st_mode) else None  # a pipe would block the reader


class _Watched:
    """One registered run: the tail of its alarms, and which of them stand."""

    def __init__(self, run: Registered, *, from_end: bool) -> None:
        self.run = run
        self.tail = _Tail(run.folder / ALERTS_FILE, from_end=from_end)
        self.standing: set[str] = set()


class _Relay:
    """Everything between two polls: the runs being watched and the lines of the last minute."""

    def __init__(
        self, project: Path, out: TextIO, clock: Callable[[], float], as_json: bool
    ) -> None:
        self._project = project
        self._out = out
        self._clock = clock
        self._told = as_object if as_json else sentence
        self._printed_at: deque[float] = deque()
        self._num_held_back = 0
        self._runs: dict[Path, _Watched] = {}
        self._registry_state: tuple[int, int, int] | None = None
        self._find_runs(from_end=True)

    def poll(self) -> None:
        """Print what the runs have raised and cleared since the last poll."""
        self._own_up()
        self._find_runs(from_end=False)
        for watched in self._runs.values():
            for line in watched.tail.lines():
                alarm = parse_alarm(line)
                # What cleared but was not raised here is no news; nor is what stands already.
                if alarm is None or alarm.raised == (alarm.id in watched.standing):
                    continue
                if alarm.raised:
                    watched.standing.add(alarm.id)
                else:
                    watched.standing.discard(alarm.id)
                self._print(self._told(alarm, watched.run, self._project))

    def _find_runs(self, *, from_end: bool) -> None:
        """Take up runs registered since; `from_end` skips the alarms that they have already."""
        path = self._project / PROJECT_FOLDER / REGISTRY_FILE
        try:
            status = os.stat(path)
            state = (status.st_mtime_ns, status.st_size, status.st_ino)
            if state == self._registry_state or not stat.S_ISREG(status.st_mode):
                return
            runs = registered(self._project)[-MAX_RUNS:]
        except (OSError, RecursionError):  # not there, or not of our making: the runs known stay
            return
        self._registry_state = state
        known = self._runs
        self._runs = {}
        for run in runs:
            before = known.get(run.folder)
            if before is None or before.run.started != run.started:
                before = _Watched(run, from_end=from_end)
            self._runs[run.folder] = before

    def _print(self, line: str) -> None:
        now = self._clock()
        while self._printed_at and now - self._printed_at[0] >= 60:
            self._printed_at.popleft()
        if len(self._printed_at) >= MAX_LINES_A_MINUTE:
            self._num_held_back += 1
            return
        self._printed_at.append(now)
        self._out.write(line + "\n")
        self._out.flush()

    def _own_up(self) -> None:
        """Once the minute is over, say how many alarms it did not show."""
        if self._num_held_back and self._clock() - self._printed_at[0] >= 60:
            count, self._num_held_back = self._num_held_back, 0
            self._print(
                f"neural-trainer: {count} more alarms were not shown; see {ALERTS_FILE} of the runs"
            )
