"""The parameters are at once what they were long before, and the loss is lost with them.

From one row of the log to the next the norm of the parameters goes against its
course, five times as far as it went in any row of the last quarter before and
ten times as far as at their median, back past a level that it left three rows
and a tenth of the run so far before, or earlier; and the loss of the next
three rows is above that of the five before by four scatters. An older
checkpoint that was loaded does both. Steps too large throw the norm out to
where it never was, averaged weights that are swapped in lower the loss, a
restarted or stepped rate leaves the norm where it is, and a row that is
wrong by itself is made good in the next: none of them counts. Strength 0.7 at
ten times the usual change, 1 from a hundred times on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.noise import scatter
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "parameters-fall-back"
NEEDS = {"param_norm": 12, "loss": 12}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.001
FURTHEST, USUAL = 5.0, 10.0  # x the largest and the median change in the stretch before
STRETCH, FEWEST = 0.25, 5  # share of the rows so far, and rows: what the jump is held against
LEFT_ROWS, LEFT_SHARE = 3, 0.1  # rows, and of the rows so far, since the level was left
SCATTERS = 4.0
UNDONE = 0.1  # of the jump: a row that is wrong by itself


def find(run: Run) -> Finding | None:
    """Return the row at which the parameters fall back."""
    part = training_loss(run)
    norm = run.signals["param_norm"].finite()
    if part is None or len(norm) < NEEDS["param_norm"]:
        return None
    loss, value, change = part.series.finite(), norm.value, np.diff(norm.value)
    for row in _leaps(np.abs(change)):
        before = np.abs(change[row - max(FEWEST, round(STRETCH * row)) : row])
        jump, usual = abs(float(change[row])), float(np.median(before))
        if usual <= 0 or jump < USUAL * usual:
            continue
        left = _left(value[: row + 1], float(value[row + 1]))
        if left is None or row - left < max(LEFT_ROWS, LEFT_SHARE * row):
            continue
        if row + 2 < len(value) and abs(float(value[row + 2] - value[row])) < UNDONE * jump:
            continue
        levels = _lost(loss, float(norm.step[row]))
        if levels is None:
            continue
        step, was = float(norm.step[row + 1]), float(norm.step[left])
        times = jump / usual
        sentence = (
            f"The norm of the parameters goes from {number(float(value[row]))} to "
            f"{number(float(value[row + 1]))} at {at(run, step)}, {number(times)} times its usual "
            f"change, to what it was at {at(run, was)}, and {part.name} from {number(levels[0])} "
            f"to {number(levels[1])}."
        )
        strength = min(1.0, 0.7 + 0.3 * math.log10(times / USUAL))
        numbers = {"times": times, "left": was}
        return Finding(ID, step, (float(norm.step[row]), step), strength, (sentence,), numbers)
    return None


def _leaps(change: np.ndarray) -> Iterator[int]:
    """Yield the rows that change FURTHEST times as much as any in the stretch before.

    Most are none beside the FEWEST rows before, or ten times as many: stretches grow with the log.
    """
    ahead = np.lib.stride_tricks.sliding_window_view(change, FEWEST)[:-1].max(axis=1)
    leaps = np.flatnonzero(change[FEWEST:] >= FURTHEST * ahead) + FEWEST
    for row in leaps[leaps >= 2 * FEWEST].tolist():
        stretch = max(FEWEST, round(STRETCH * row))
        most = change[row] / FURTHEST
        near = change[row - min(stretch, 10 * FEWEST) : row]
        if near.max() <= most and change[row - stretch : row].max() <= most:
            yield row


def _left(value: np.ndarray, level: float) -> int | None:
    """Return the last row whose value is beyond `level` from the last one; None where none is."""
    side = math.copysign(1.0, level - float(value[-1]))
    beyond = np.flatnonzero((value - level) * side >= 0)
    return int(beyond[-1]) if len(beyond) else None


def _lost(loss: Series, step: float) -> tuple[float, float] | None:
    """Return the levels of `loss` before and after `step`, where it is higher after it."""
    before, after = loss.value[loss.step <= step], loss.value[loss.step > step][:3]
    if len(before) < FEWEST or not len(after):
        return None
    level, then = float(np.median(before[-FEWEST:])), float(np.median(after))
    recent = before[-max(2 * FEWEST, round(STRETCH * len(before))) :]
    return (level, then) if then - level > SCATTERS * scatter(recent) else None
