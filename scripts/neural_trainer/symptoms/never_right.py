"""Not one answer is ever right, and the loss has come to rest.

A word or character error rate is exactly 1 (or 100 %), or an accuracy exactly 0,
in all of at least five points, and the loss of the last third lies within 5 % of
that of the third before: what the model says does not depend on what it is given
(a recogniser of speech that gives out blanks alone). Where it is an accuracy, the
loss ends between ln 2 and 13 nat as well: an answer that is never the likeliest
costs ln 2 at least, equal odds for 400,000 words cost 13; otherwise it may be an
accuracy of targets that are no classes, which is 0 and says nothing. An error
rate counts in full, an accuracy half.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.correctness import accuracy
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import Part, error_rates, training_loss

ID = "never-right"
NEEDS = {"accuracy or error rate": 5, "loss": 5}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.002
RESTS = 0.05
LEAST, MOST = math.log(2), 13.0  # nat
OF_ACCURACY = 0.5


def find(run: Run) -> Finding | None:
    """Return the measure that says that nothing was right."""
    part = training_loss(run)
    if part is None:
        return None
    loss = part.series.finite().value
    third = max(1, len(loss) // 3)
    end, before = float(np.median(loss[-third:])), float(np.median(loss[-2 * third : -third]))
    if abs(end - before) > RESTS * abs(before):
        return None
    for rate in error_rates(run):
        series = rate.series
        if len(series) >= 5 and float(np.ptp(series.value)) == 0 and series.value[0] in (1, 100):
            return _said(rate, f"{part.name} rests at {number(end)}", 1.0)
    for name in ("eval/accuracy", "accuracy"):
        right = accuracy(run, name)
        if right is not None and len(right) >= 5 and not right.value.any() and LEAST <= end <= MOST:
            return _said(Part(name, right), f"{part.name} rests at {number(end)}", OF_ACCURACY)
    return None


def _said(measure: Part, beside: str, strength: float) -> Finding:
    name, series = measure
    value, begin, end = float(series.value[0]), float(series.step[0]), float(series.step[-1])
    sentence = f"{name} is exactly {number(value)} at all of {len(series)} points, while {beside}."
    return Finding(ID, begin, (begin, end), strength, (sentence,), {"value": value})
