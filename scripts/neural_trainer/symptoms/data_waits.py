"""The steps wait for their data.

The time until a batch is there is 40 % of the whole step or more, after the
first tenth, over at least four points, by medians; or by sums where at least
two and a tenth of the points wait that long, since workers that are too slow
bring a batch each and then none. The first point of each epoch, for which
workers start, is left out of the sums. A step's time is that with the waiting
where it is the longer of the two, without it otherwise. Under a reward the time
between two steps is that of playing, which is no waiting: it is not looked for
there.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Array, Run
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import tail
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import is_reinforcement

ID = "data-waits"
NEEDS = {"data_time_s": 4, "step_time_s": 4}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.01
SHARE = 0.4
FEWEST_WAITS, OFTEN = 2, 0.1


def find(run: Run) -> Finding | None:
    """Return what share of a step its data takes."""
    if is_reinforcement(run):
        return None
    waited, step = (run.signals[name].finite() for name in ("data_time_s", "step_time_s"))
    begin, end = float(waited.step[0]), float(waited.step[-1])
    wait, whole = (median(tail(s.value, 0.9)) for s in (waited, step))
    whole, of = whole if whole > wait else whole + wait, "medians"
    if wait < SHARE * whole and np.array_equal(waited.step, step.step):
        wait, whole = _in_turns(run, waited.step, waited.value, step.value)
        of = "means: some batches are there at once, others are waited for"
    if whole <= 0 or wait < SHARE * whole:
        return None
    sentence = (
        f"A step waits {number(1000 * wait)} of its {number(1000 * whole)} ms for data ({of}), "
        f"from {at(run, begin)} on."
    )
    strength = min(1.0, 0.6 + wait / whole - SHARE)
    return Finding(ID, begin, (begin, end), strength, (sentence,), {"share": wait / whole})


def _in_turns(run: Run, step: Array, wait: Array, whole: Array) -> tuple[float, float]:
    """Return the mean wait and step in seconds; zeros where hardly any step waits."""
    epoch = run.get("epoch")
    kept = np.arange(len(step)) >= len(step) // 10
    if epoch is not None and len(epoch):
        number_of = np.array([np.floor(epoch.at(s)) for s in step])
        kept &= np.diff(number_of, prepend=-1.0) == 0
    wait, whole = wait[kept], np.maximum(whole, wait)[kept]
    waits = int((wait >= SHARE * whole).sum())
    if waits < max(FEWEST_WAITS, OFTEN * len(wait)):
        return 0.0, 0.0
    return float(wait.mean()), float(whole.mean())
