"""The held-out loss is never better than it was at first, while training gains.

Its lowest value of at least three evaluations is within 2 % of its first, or
the first, and the training loss gains a tenth of its level or more after that
first evaluation.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.correctness import last
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import held_out_pairs

ID = "eval-never-improves"
NEEDS = {"eval/loss": 3, "loss": 8}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.02
BETTER = 0.02
GAINED = 0.1


def find(run: Run) -> Finding | None:
    """Return that the held-out loss never improved."""
    for pair in held_out_pairs(run):
        held_out = pair.held_out.series
        if len(held_out) < NEEDS["eval/loss"] or held_out.value[0] <= 0:
            continue
        began = float(held_out.step[0])
        before = pair.train.series.until(began)
        if len(before) == 0:
            continue
        level = float(np.median(before.value[-3:]))
        lowest = float(held_out.value.min())
        if (
            lowest < (1 - BETTER) * held_out.value[0]
            or last(pair.train.series) > (1 - GAINED) * level
        ):
            continue
        sentence = (
            f"{pair.held_out.name} is {number(float(held_out.value[0]))} at {at(run, began)} and "
            f"{number(lowest)} at best, while {pair.train.name} falls from {number(level)} to "
            f"{number(last(pair.train.series))}."
        )
        return Finding(
            ID, began, (began, float(held_out.step[-1])), 1.0, (sentence,), {"lowest": lowest}
        )
    return None
