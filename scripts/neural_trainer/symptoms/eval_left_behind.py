"""The held-out loss stays several times above a training loss that went on.

At each of the last two of at least four evaluations it is 2.5 times the training
loss or more, twice what that ratio was at the first, and the last is no better
than the best before (within 2 %): what is learnt by then holds for the training
alone. The held-out loss ends at a fifth or more of the first training loss: of a
task that is solved both losses are small, and their ratio says little. Half
strength at 2.5 times, 0.8 from five times on, of few points; in full where the
training loss has fallen a hundredfold.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import held_out_pairs

ID = "eval-left-behind"
NEEDS = {"eval/loss": 4, "loss": 4}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.02
TIMES, GREW = 2.5, 2.0
NO_BETTER = 0.02
SOLVED = 0.2
BY_HEART = 0.01


def find(run: Run) -> Finding | None:
    """Return how far the held-out loss is above the training loss."""
    for pair in held_out_pairs(run):
        train, held_out = pair.train.series, pair.held_out.series
        if len(train) < NEEDS["loss"] or len(held_out) < NEEDS["eval/loss"]:
            continue
        before = np.maximum(np.searchsorted(train.step, held_out.step, side="right") - 1, 0)
        level, value = train.value[before], held_out.value
        if min(float(level.min()), float(value.min()), float(train.value.min())) <= 0:
            continue
        ratio = value / level
        times = float(ratio[-2:].min())
        if times < max(TIMES, GREW * float(ratio[0])) or value[-1] < SOLVED * train.value[0]:
            continue
        if value[-1] < (1 - NO_BETTER) * value[:-1].min():
            continue
        step, end = float(held_out.step[-2]), float(held_out.step[-1])
        sentence = (
            f"{pair.held_out.name} is {number(float(value[-1]))} at {at(run, end)}, where "
            f"{pair.train.name} is {number(float(level[-1]))}; they were "
            f"{number(float(value[0]))} and {number(float(level[0]))} at the first evaluation."
        )
        by_heart = level[-1] <= BY_HEART * train.value[0]
        strength = 1.0 if by_heart else min(0.8, 0.5 + 0.3 * (times / TIMES - 1))
        return Finding(ID, step, (step, end), strength, (sentence,), {"times": times})
    return None
