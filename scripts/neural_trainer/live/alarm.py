"""An alarm: a line of alerts.jsonl checked and cleaned, and the line that people and Claude read.

Whoever reads the line may act on it, and a log is a stranger's text: so it is made of our own words
and numbers, and of names that are names.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import shlex
from pathlib import Path
from typing import Any, Literal, NamedTuple

from neural_trainer.live.own_words import is_own_name, own_sentence

SCHEMA = "neural-trainer/alarm/1"
MAX_LINE_BYTES = 4096  # an alarm of ours has some 300
MAX_MESSAGE = 200  # characters

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MAX_ID = 64  # characters
_PLAIN_NAME = re.compile(r"\w[\w.+=@:,~/#-]{0,63}")  # one word: no sentence
_PLAIN_FOLDER = re.compile(r"\.?\w[\w.+=@:,~-]{0,63}")
_MAX_FOLDERS = 24
# Printable ASCII and the signs of our own sentences; not the backtick, nor what could open a tag.
_NOT_IN_A_MESSAGE = re.compile(r"[^ -~±×°≈≤≥→·µ…]|`|<(?=[!/?A-Za-z])")  # noqa: RUF001

State = Literal["raised", "updated", "cleared"]


class Alarm(NamedTuple):
    """One line of alerts.jsonl, checked and cleaned; cause '' and confidence NaN: not given."""

    id: str
    state: State
    step: int
    message: str
    cause: str
    confidence: float

    @property
    def raised(self) -> bool:
        """Whether it stands: it was raised and has not cleared."""
        return self.state != "cleared"


class Place(NamedTuple):
    """Whose alarm it is: the run's name, and the log or folder to look at, as seen from `project`.

    key: what tells the run from all others: its folder, or its file and its place in it.
    """

    name: str
    path: Path
    project: Path
    key: str


def parse_alarm(line: bytes) -> Alarm | None:
    """Return the alarm on a line of alerts.jsonl; None for anything that is not one.

    >>> parse_alarm(b'{"id": "lr-zero", "state": "raised", "step": 4, "message": "lr is  0"}')
    Alarm(id='lr-zero', state='raised', step=4, message='lr is 0', cause='', confidence=nan)
    """
    if len(line) > MAX_LINE_BYTES:
        return None
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return checked(record) if isinstance(record, dict) else None


def checked(record: dict[str, Any]) -> Alarm | None:
    """Return the alarm that an object of alerts.jsonl stands for; None if it is none of ours."""
    name, state, step = record.get("id"), record.get("state"), record.get("step")
    if (
        not isinstance(name, str)
        or not _is_name(name)
        or state not in ("raised", "updated", "cleared")
    ):
        return None
    if type(step) is not int or not 0 <= step < 10**15:
        return None
    cause, confidence = record.get("cause"), record.get("confidence")
    if isinstance(confidence, bool) or not isinstance(confidence, int | float):
        confidence = math.nan
    return Alarm(
        id=name,
        state=state,
        step=step,
        message=_own(record.get("message")) or name.replace("-", " "),
        cause=cause if isinstance(cause, str) and _is_name(cause) else "",
        confidence=confidence if 0 <= confidence <= 1 else math.nan,
    )


def alarm_id(key: str, symptom: str) -> str:
    """Return what a person copies to silence an alarm: eight digits from its run and symptom."""
    return hashlib.sha256(f"{key}\0{symptom}".encode(errors="surrogatepass")).hexdigest()[:8]


def sentence(alarm: Alarm, place: Place, cause_before: str = "") -> str:
    """Return the line that Claude and people get to read.

    cause_before: the cause that was told of an alarm which is updated.
    """
    mark = f"alarm {alarm_id(place.key, alarm.id)}"
    start = f"neural-trainer: run {_name(place)}, step {alarm.step}: "
    if alarm.state == "cleared":
        return f"{start}{alarm.id} has cleared ({mark})."
    share = "" if math.isnan(alarm.confidence) else f", {100 * alarm.confidence:.0f} %"
    told = alarm.message.rstrip(". ")
    if alarm.state == "updated" and alarm.cause != cause_before:
        before = f", no longer {cause_before}" if cause_before else ""
        said = f"{alarm.id} is now likely {alarm.cause or 'unknown'}{share}{before} ({mark})."
    else:
        worse = "worse: " if alarm.state == "updated" else ""
        likely = f"likely {alarm.cause}{share}; " if alarm.cause else ""
        said = f"{worse}{told} ({likely}{mark})."
    return f"{start}{said}{look_closer(place.path, place.project)}"


def as_object(alarm: Alarm, place: Place) -> dict[str, Any]:
    """Return the same as one JSON object."""
    known = math.isfinite(alarm.confidence)
    return {
        "schema": SCHEMA,
        "alarm": alarm_id(place.key, alarm.id),
        "run": _name(place),
        "path": plain_path(place.path, place.project),
        **alarm._asdict(),
        "confidence": alarm.confidence if known else None,
    }


def look_closer(path: Path, project: Path) -> str:
    """Return the end of a line that names the next command."""
    told = plain_path(path, project)
    return f" Look closer: neural-trainer diagnose {shlex.quote(told)}" if told else ""


def plain_path(path: Path, project: Path) -> str:
    """Return a path as it may stand in a line, seen from `project`.

    Where its last name is no plain one, the folder above it; "" where that does not help.
    """
    told = path.relative_to(project) if path.is_relative_to(project) else path
    for candidate in (told, told.parent):
        parts = candidate.parts[1:] if candidate.is_absolute() else candidate.parts
        if parts and len(parts) <= _MAX_FOLDERS and all(map(_PLAIN_FOLDER.fullmatch, parts)):
            return str(candidate)
    return ""


def _name(place: Place) -> str:
    """Return the run's name; of one whose name could be a sentence, only which it is."""
    if _PLAIN_NAME.fullmatch(place.name):
        return place.name
    return f"#{alarm_id(place.key, '')} (its name is not plain)"


def _is_name(text: str) -> bool:
    return len(text) <= _MAX_ID and _ID.fullmatch(text) is not None and is_own_name(text)


def _own(message: Any) -> str:
    """Return a sentence of ours as at most MAX_MESSAGE harmless characters; '' for any other."""
    if not isinstance(message, str):
        return ""
    text = " ".join(_NOT_IN_A_MESSAGE.sub(" ", message[: 4 * MAX_MESSAGE]).split())
    text = own_sentence(text)
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1].rstrip() + "…"
