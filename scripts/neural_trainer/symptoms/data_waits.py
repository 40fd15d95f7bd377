"""The steps wait for their data.

The time until a batch is there is 40 % of the whole step or more (medians
after the first tenth, over at least eight points; a step's time is that with
the waiting where it is the longer of the two, without it otherwise). Under a
reward the time between two steps is that of playing, which is no waiting: it
is not looked for there.
"""

from __future__ import annotations

from neural_trainer.runs.run import Run
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import tail
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import is_reinforcement

ID = "data-waits"
NEEDS = {"data_time_s": 8, "step_time_s": 8}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.01
SHARE = 0.4


def find(run: Run) -> Finding | None:
    """Return what share of a step its data takes."""
    if is_reinforcement(run):
        return None
    waited, step = (run.signals[name].finite() for name in ("data_time_s", "step_time_s"))
    wait, whole = (median(tail(s.value, 0.9)) for s in (waited, step))
    whole = whole if whole > wait else whole + wait
    if whole <= 0 or wait < SHARE * whole:
        return None
    begin, end = float(waited.step[0]), float(waited.step[-1])
    sentence = (
        f"A step waits {number(1000 * wait)} of its {number(1000 * whole)} ms for data (medians), "
        f"from {at(run, begin)} on."
    )
    strength = min(1.0, 0.6 + wait / whole - SHARE)
    return Finding(ID, begin, (begin, end), strength, (sentence,), {"share": wait / whole})
