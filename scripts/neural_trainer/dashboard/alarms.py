"""The alarms of a run that stand now: those that its Monitor or launch wrote, else a diagnosis."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal, NamedTuple

from neural_trainer.live.alarm import parse_alarm
from neural_trainer.live.run_folder import ALERTS_FILE
from neural_trainer.live.tail import Tail
from neural_trainer.runs.plain_text import printable
from neural_trainer.runs.run import Run

MOST_OF_SENTENCE = 300  # characters

Origin = Literal["alerts.jsonl", "diagnosis"]


class Raised(NamedTuple):
    """One alarm: where it began, what was seen, the likely cause; confidence NaN: not given."""

    id: str
    step: float
    message: str
    cause: str
    confidence: float


class Alarms(NamedTuple):
    """What stands, in the order in which it began, and who says so."""

    raised: tuple[Raised, ...]
    origin: Origin
    verdict: str = ""
    """Of the diagnosis; "" where the alarms were written beside the log."""


def written(folder: Path) -> Alarms | None:
    """Return the alarms in the alerts.jsonl of a run folder; None where it has none."""
    path = folder / ALERTS_FILE
    if not path.is_file():
        return None
    stands: dict[str, Raised] = {}
    tail, before = Tail(path), None
    while tail.mark != before:
        before = tail.mark
        for line in tail.lines():
            alarm = parse_alarm(line)
            if alarm is None:
                continue
            if not alarm.raised:
                stands.pop(alarm.id, None)
                continue
            began = stands[alarm.id].step if alarm.id in stands else alarm.step
            stands[alarm.id] = Raised(alarm.id, began, alarm.message, alarm.cause, alarm.confidence)
    return Alarms(tuple(stands.values()), "alerts.jsonl")


def diagnosed(run: Run) -> Alarms:
    """Return the alarms that a diagnosis of the run so far raises, with its likeliest cause."""
    from neural_trainer.diagnosis import alarms, diagnose

    report = diagnose(run)
    first = report.root_causes[0] if report.root_causes else None
    cause, confidence = (first.cause, first.confidence) if first is not None else ("", math.nan)
    raised = [
        Raised(
            found.symptom, found.step, printable(" ".join(found.evidence[:1]), MOST_OF_SENTENCE),
            cause, confidence,
        )
        for found in sorted(alarms(report), key=lambda found: found.step)
    ]  # fmt: skip
    return Alarms(tuple(raised), "diagnosis", report.verdict)
