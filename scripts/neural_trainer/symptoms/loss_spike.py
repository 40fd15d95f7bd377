"""The loss jumped up at once, by far more than it ever does, and came back.

A spike is an excursion of at least eight robust deviations above the ten
points before it, at least a tenth of the run's range, and at least three times
the 98th percentile of the run's other rises and 1.5 times the highest of n
rises that their tail lets expect: the power law through their 90th and 98th
percentiles, so that heavy-tailed noise, as of batches of two, is measured by
itself. It begins after the first ten points and is over within a tenth of the
run: a level that stays up is a harder stretch of data, a restart of the
schedule, or loss-diverging.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Array, Run
from neural_trainer.signals.spikes import Spike, spikes
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-spike"
NEEDS = {"loss": 20}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.08
DEVIATIONS = 8.0
OVER_OTHERS = 3.0  # x the 98th percentile of the other rises
OVER_TAIL = 1.5  # x the highest rise that the tail of the others lets expect
OF_RANGE = 0.1  # share of the range between the 2nd and the 98th percentile
LONGEST = 0.1  # share of the points


def find(run: Run) -> Finding | None:
    """Return the highest spike of the training loss, and how many there are."""
    part = training_loss(run)
    if part is None:
        return None
    loss = part.series.finite()
    found = _beyond_the_usual(loss.value)
    if not found:
        return None
    top = found[0]
    length = float(loss.step[min(top.stop + 1, len(loss) - 1)] - loss.step[top.start])
    sentence = (
        f"{part.name} jumped from {number(top.level)} to {number(top.level + top.height)} at "
        f"{at(run, loss.step[top.peak])} and was back within {length:.0f} {run.axis}s"
    )
    others = f"; {len(found)} such spikes in all." if len(found) > 1 else "."
    numbers = {"height": top.height, "level": top.level, "spikes": float(len(found))}
    extent = float(np.ptp(np.percentile(loss.value, (2, 98)))) or top.height
    return Finding(
        ID,
        float(loss.step[top.start]),
        (float(loss.step[top.start]), float(loss.step[top.stop])),
        float(np.clip(top.height / extent, 0.3, 1.0)),
        (sentence + others,),
        numbers,
    )


def _beyond_the_usual(value: Array) -> list[Spike]:
    found = [
        spike
        for spike in spikes(value, DEVIATIONS)
        if spike.start >= 10 and spike.stop < len(value) - 1
        and spike.stop - spike.start < LONGEST * len(value)
    ]  # fmt: skip
    if not found:
        return []
    rises = np.diff(value)
    inside = np.zeros(len(rises), dtype=bool)
    for spike in found:
        inside[max(0, spike.start - 1) : spike.stop + 1] = True
    others = rises[~inside & (rises > 0)]
    extent = float(np.ptp(np.percentile(value, (2, 98))))
    least = max(_least_height(others) if len(others) else 0.0, OF_RANGE * extent)
    return [spike for spike in found if spike.height > least]


def _least_height(rises: Array) -> float:
    """Return the height from which a rise stands out of `rises`, (n,), all positive."""
    p90, p98 = (float(p) for p in np.percentile(rises, (90, 98)))
    power = math.log(p98 / p90) / math.log(0.10 / 0.02)
    expected = p98 * max(0.02 * len(rises), 1.0) ** power
    return float(max(OVER_OTHERS * p98, OVER_TAIL * expected))
