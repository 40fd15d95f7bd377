"""The held-out loss is far above the training loss at the first evaluation.

It is 1.25 times the training loss logged just before, or more, while the
training loss has gained at most 80 % of what it will: a model that has hardly
begun to learn cannot have memorised. Strength 0.5 at 1.25 times, 1 from twice
on.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import smooth
from neural_trainer.symptoms.correctness import last
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import held_out_pairs

ID = "eval-apart-at-first"
NEEDS = {"eval/loss": 2, "loss": 8}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.04
ABOVE = 1.25
GAINED = 0.8


def find(run: Run) -> Finding | None:
    """Return how far apart the losses are at first."""
    for pair in held_out_pairs(run):
        train, held_out = pair.train.series, pair.held_out.series
        if len(train) < NEEDS["loss"] or len(held_out) < NEEDS["eval/loss"]:
            continue
        step = float(held_out.step[0])
        before = int(np.searchsorted(train.step, step, side="right")) - 1
        if before < 0:
            continue
        level = float(smooth(train.value, 3)[before])
        start, end = float(train.value[0]), last(train)
        if level <= 0 or start - level > GAINED * (start - end) + 1e-12:
            continue
        times = float(held_out.value[0]) / level
        if times < ABOVE:
            continue
        sentence = (
            f"{pair.held_out.name} is {number(float(held_out.value[0]))} at the first evaluation, "
            f"{at(run, step)}, where {pair.train.name} is {number(level)}."
        )
        strength = min(1.0, 0.5 + (times - ABOVE) / 1.5)
        return Finding(ID, step, (step, step), strength, (sentence,), {"times": times})
    return None
