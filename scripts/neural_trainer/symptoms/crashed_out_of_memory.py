"""The run ends in an error that says that the device's memory was full.

Looked for in the end of what the run printed (runs/crash_text.py), in what
launch noted of a run folder and in its stdout.log: the last 64 KiB, an error
that no metrics follow and at most 10 lines of other kinds. What was printed is
not at hand in other logs, and the symptom is then not checked. No threshold on
a number: strength is 1.

BACKGROUND is for a text that quotes another run's error; a run without a fault
does not end in one.
"""

from __future__ import annotations

from neural_trainer.runs.crashes import crash
from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at

ID = "crashed-out-of-memory"
NEEDS = {"printed text": 1}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 1e-5
REASON = "cuda-out-of-memory"


def find(run: Run) -> Finding | None:
    """Return the crash for want of the device's memory."""
    reason = crash(run)
    if reason is None or reason.id != REASON:
        return None
    return told(run, ID, reason.cause, 1.0)


def told(run: Run, symptom: str, cause: str, strength: float) -> Finding:
    """Return the finding of a crash after the last step of `run`; 0 where it logged none."""
    last = run.last_step if run.signals else 0.0
    when = f" after {at(run, last)}" if run.signals else ""
    return Finding(
        symptom, last, (last, last), strength, (f"The run crashed{when}: {cause}.",)
    )  # fmt: skip
