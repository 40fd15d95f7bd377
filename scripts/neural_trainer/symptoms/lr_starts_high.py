"""The learning rate starts at its peak: there is no warm-up.

At the first point logged it is at least 90 % of the highest value of the run,
and that point lies in the first 2 % of the run (a log that begins later cannot
tell). An observation, not a fault.
"""

from __future__ import annotations

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at, number

ID = "lr-starts-high"
NEEDS = {"lr": 20}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.3
HIGH = 0.9  # of the peak
BEGINNING = 0.02  # share of the run


def find(run: Run) -> Finding | None:
    """Return that the run has no warm-up, if its log can tell."""
    logged = run.get("lr")
    if logged is None:
        return None
    lr = logged.finite()
    first, peak = float(lr.value[0]), float(lr.value.max())
    if peak <= 0 or first < HIGH * peak or lr.step[0] > BEGINNING * lr.step[-1] + 1:
        return None
    step = float(lr.step[0])
    sentence = f"lr is {number(first)} at {at(run, step)}, the highest it will be: no warm-up."
    return Finding(ID, step, (step, step), 1.0, (sentence,), {"lr": first})
