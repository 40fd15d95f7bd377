"""The learning rate begins its schedule again in the middle of it.

At a row the rate turns from its course, by a twentieth of its peak or more in one
row, half as far again as in any of the three rows before, and every row from
there to the end of the run is what the rate was at the same age: within the
values of the first rows between which that age lies, 3 % of the peak to either
side. At least two rows follow. A counter of steps that a checkpoint did not hold
does this, where the parameters need not show it. It is a plan, and not seen,
where the rate had come to its end: it was at 1 % of its peak or less, or its next
row would have been at zero or hardly lower, as its last two changes go (a tenth
of its steepest fall; a rate that stands between two steps has not ended). A plan
as well is what has risen as much in a row before, once it had come down, and what
goes on for as long as it did before. Strength 0.6 with two rows, 1 from four on.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Array, Run
from neural_trainer.symptoms.finding import Finding, at, number

ID = "schedule-begins-anew"
NEEDS = {"lr": 12}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.002
TURNS = 0.05  # of the peak, in one row
SAME = 0.03  # of the peak
BEYOND, LATELY = 1.5, 3  # times the changes of so many rows before
FEWEST = 2  # rows that follow
AT_END, HARDLY = 0.01, 0.1  # of the peak; of the steepest fall
CERTAIN = 4  # rows


def find(run: Run) -> Finding | None:
    """Return the row from which the rate repeats its first rows."""
    lr = run.signals["lr"].finite()
    value, peak = lr.value, float(lr.value.max()) if len(lr) else 0.0
    if peak <= 0 or len(lr) < NEEDS["lr"]:
        return None
    change = np.diff(value)
    age = lr.step - (2 * lr.step[0] - lr.step[1])  # the first row stands for what led to it
    came_down = np.maximum.accumulate(value)[:-1] - value[:-1] > TURNS * peak
    rises = np.flatnonzero(came_down & (change > TURNS * peak))
    until = min(len(lr) - FEWEST, int(rises[0]) + 1 if len(rises) else len(lr))
    usual = np.full(len(change), np.nan)
    usual[2:] = 2 * change[1:-1] - change[:-2]  # what its course leads to
    turned = np.minimum(np.abs(change), np.abs(change - usual)) >= TURNS * peak
    for row in np.flatnonzero(turned[:until]).tolist():
        lately = np.abs(change[max(0, row - LATELY) : row])
        if abs(float(change[row])) < BEYOND * float(lately.max(initial=0.0)):
            continue
        if row < len(lr) // 2 or _had_ended(value[: row + 1], peak):
            continue
        turn = (row, row - 1)  # the first row may lie where the old course led
        if not any(_repeats(age, value, begun, SAME * peak) for begun in turn):
            continue
        step, rows = float(lr.step[row + 1]), len(lr) - row - 1
        sentence = (
            f"lr was {number(float(value[row]))} at {at(run, float(lr.step[row]))}, and from "
            f"{at(run, step)} on it goes as it went from the first step on, for {rows} rows: to "
            f"{number(float(value[row + 1 :].max()))}."
        )
        strength = min(1.0, 0.6 + 0.4 * (rows - FEWEST) / (CERTAIN - FEWEST))
        numbers = {"before": float(value[row]), "rows": float(rows)}
        return Finding(ID, step, (step, float(lr.step[-1])), strength, (sentence,), numbers)
    return None


def _had_ended(value: Array, peak: float) -> bool:
    """Tell whether a schedule that came down to the last of `value` had come to its end there."""
    change = np.diff(value)
    following = 2 * change[-1] - change[-2]
    hardly = following > -HARDLY * float(-change.min())
    down = change[-1] < 0 and float(value[-1]) < 0.5 * peak
    return float(value[-1]) <= max(AT_END * peak, -following) or bool(down and hardly)


def _repeats(age: Array, value: Array, row: int, apart: float) -> bool:
    """Tell whether what follows `row` is what the rate was from its first row on.

    The schedule began anew somewhere between `row` and the next: an age is known up to that. The
    first row may hold the mean of both.
    """
    known = False
    for later in range(row + 2, len(value)):
        young, old = age[later] - age[row + 1], age[later] - age[row]
        first = int(np.searchsorted(age, young, side="right")) - 1
        last = int(np.searchsorted(age, old, side="left"))
        if last > row:
            return False  # it has gone on for as long as before: a cycle
        if first < 0:  # younger than the first row
            continue
        near = value[first : last + 1]
        if not float(near.min()) - apart <= value[later] <= float(near.max()) + apart:
            return False
        known = True
    return known
