"""Training and held-out loss stand together, far from learnt.

The last third of the training loss gains nothing, it keeps 30 % or more of its
first level, and the held-out loss is within 15 % of it: nothing is memorised,
and nothing more is learnt. A task with an irreducible part does this as well,
so it is no alarm.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import blocks, slope, tail
from neural_trainer.symptoms.correctness import first, last
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import held_out_pairs

ID = "loss-held-high"
NEEDS = {"loss": 12, "eval/loss": 2}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.08
LEFT = 0.3
APART = 0.15


def find(run: Run) -> Finding | None:
    """Return the level at which both losses stand."""
    for pair in held_out_pairs(run):
        course = blocks(pair.train.series, 100)
        if len(course) < NEEDS["loss"] or len(pair.held_out.series) < 2:
            continue
        start, end = first(course), last(course)
        held_out = float(np.median(pair.held_out.series.value[-2:]))
        third = tail(course.value, 1 / 3)
        still = slope(course.step[-len(third) :], third).z > -3 if len(third) >= 4 else False
        if start <= 0 or end < LEFT * start or not still or abs(held_out / end - 1) > APART:
            continue
        begin = float(course.step[-len(third)])
        sentence = (
            f"{pair.train.name} stands at {number(end)} from {at(run, begin)} on, "
            f"{pair.held_out.name} at {number(held_out)}; it began at {number(start)}."
        )
        return Finding(
            ID, begin, (begin, float(course.step[-1])), 1.0, (sentence,),
            {"left": end / start, "held_out_over_train": held_out / end},
        )  # fmt: skip
    return None
