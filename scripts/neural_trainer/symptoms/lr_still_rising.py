"""The warm-up is not over when the run is.

The learning rate rises through the last nine tenths of the run or more, ends
at its highest and at twice its first level at least. A run that is under way
may yet reach its peak: so this is no alarm.
"""

from __future__ import annotations

from neural_trainer.runs.run import Run
from neural_trainer.signals.phases import phases
from neural_trainer.symptoms.finding import Finding, at, number

ID = "lr-still-rising"
NEEDS = {"lr": 10}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.02
SHARE = 0.9
FACTOR = 2.0


def find(run: Run) -> Finding | None:
    """Return the rise that goes on to the end."""
    lr = run.signals["lr"].finite()
    found = phases(lr)
    if not found or found[-1].kind != "rises":
        return None
    length = float(lr.step[-1] - lr.step[0])
    share = (found[-1].stop - found[-1].start) / length
    first, last = lr.at(found[-1].start), float(lr.value[-1])
    if share < SHARE or last < FACTOR * first or last < float(lr.value.max()):
        return None
    sentence = (
        f"lr rises from {number(first)} to {number(last)} until the last {at(run, lr.step[-1])}: "
        "the warm-up is not over."
    )
    begin, end = found[-1].start, float(lr.step[-1])
    return Finding(ID, begin, (begin, end), 1.0, (sentence,), {"share": share})
