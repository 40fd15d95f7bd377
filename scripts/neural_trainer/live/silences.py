"""Which alarms a person does not want to hear of, and why: .neural-trainer/silenced.jsonl."""

from __future__ import annotations

import json
import os
import re
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.live.alarm import alarm_id, parse_alarm
from neural_trainer.live.own_words import is_own_name
from neural_trainer.live.registry import PROJECT_FOLDER, project_home, registered
from neural_trainer.live.run_folder import ALERTS_FILE
from neural_trainer.live.told import told_of_logs
from neural_trainer.runs.plain_text import printable, shown_name

SILENCED_FILE = "silenced.jsonl"
MAX_BYTES = 1 << 20  # of one file that is looked through
_ID = re.compile(r"[0-9a-f]{8}")


class Silence(NamedTuple):
    """One silenced alarm: its id, of which run and symptom, why, and since when, unix seconds."""

    id: str
    run: str
    symptom: str
    why: str
    time: float


def silenced(project: Path) -> dict[str, Silence]:
    """Return the silenced alarms of `project` by id; a line that is not ours is passed over."""
    found: dict[str, Silence] = {}
    for line in _lines(project / PROJECT_FOLDER / SILENCED_FILE):
        try:
            entry = json.loads(line)
            silence = Silence(
                str(entry["id"]), str(entry["run"]), str(entry["symptom"]), str(entry["why"]),
                float(entry["time"]),
            )  # fmt: skip
            state = entry["state"]
            datetime.fromtimestamp(silence.time)
        except (ValueError, KeyError, TypeError, RecursionError, OverflowError, OSError):
            continue  # not of our making
        if not _ID.fullmatch(silence.id) or not is_own_name(silence.symptom):
            continue
        found.pop(silence.id, None)
        if state == "silenced":
            found[silence.id] = silence
    return found


def silence(project: Path, wanted: str, why: str, now: float) -> Silence:
    """Silence the alarm `wanted`. Raises NeuralTrainerError where no run has raised it."""
    known = known_alarms(project)
    if wanted not in known:
        some = ", ".join(sorted(known)[:5]) or "none so far"
        raise NeuralTrainerError(
            f"no alarm {wanted!r} was raised in this project; expected the eight signs after "
            f"'alarm' in a line of neural-trainer watch (raised here: {some})"
        )
    if not why.strip():
        raise NeuralTrainerError(
            f"alarm {wanted} is not silenced: say why, for whoever wonders later (--why TEXT)"
        )
    run, symptom = known[wanted]
    made = Silence(wanted, run, symptom, why.strip(), now)
    _append(project, {**made._asdict(), "state": "silenced"})
    return made


def unsilence(project: Path, wanted: str, now: float) -> Silence:
    """Let the alarm `wanted` be heard again. Raises NeuralTrainerError where it is not silenced."""
    silences = silenced(project)
    if wanted not in silences:
        some = ", ".join(silences) or "none"
        raise NeuralTrainerError(f"alarm {wanted!r} is not silenced; these are: {some}")
    _append(project, {**silences[wanted]._asdict(), "time": now, "state": "unsilenced"})
    return silences[wanted]


def as_text(item: Silence) -> str:
    """Return one silenced alarm as a line."""
    since = datetime.fromtimestamp(item.time).strftime("%Y-%m-%d %H:%M")
    what = f"{item.id}  {item.symptom} of run {shown_name(item.run)}"
    return f"{what}, since {since}: {printable(item.why)}"


def known_alarms(project: Path) -> dict[str, tuple[str, str]]:
    """Return by id the run and the symptom of every alarm that runs of `project` have raised.

    Those of its run folders, and those of logs that `watch PATH` has judged from here.
    """
    found: dict[str, tuple[str, str]] = {}
    for run in registered(project):
        for line in _lines(run.folder / ALERTS_FILE):
            alarm = parse_alarm(line)
            if alarm is not None:
                found[alarm_id(str(run.folder), alarm.id)] = (run.name, alarm.id)
    for key, log in told_of_logs(project).items():
        for symptom in log.alarms:
            found[alarm_id(key, symptom)] = (log.name, symptom)
    return found


def _append(project: Path, entry: dict[str, object]) -> None:
    path = project_home(project) / SILENCED_FILE
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(descriptor, json.dumps(entry).encode() + b"\n")
    finally:
        os.close(descriptor)


def _lines(path: Path) -> list[bytes]:
    """Return the whole lines of a file, of its last MAX_BYTES; none where it cannot be read."""
    try:
        if not path.is_file():
            return []
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - MAX_BYTES))
            return file.read(MAX_BYTES).split(b"\n")
    except (OSError, ValueError):
        return []
