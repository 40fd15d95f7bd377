"""The training loss stays above the held-out one.

Over the last half of the evaluations the training loss, as logged just before,
is at least 15 % above the held-out loss (median). Dropout, augmentation and
regularisation in training alone do so in healthy runs; labels that are noisy
in training alone do so too, and so does held-out data that the training has
seen, or that is easier. Strength 0.5 at 15 %, 1 from 60 % on.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import smooth, tail
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import held_out_pairs

ID = "train-above-eval"
NEEDS = {"eval/loss": 2, "loss": 8}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.12
ABOVE = 1.15


def find(run: Run) -> Finding | None:
    """Return how far the training loss is above the held-out one."""
    for pair in held_out_pairs(run):
        train, held_out = pair.train.series, pair.held_out.series
        late = tail(held_out.value, 0.5)[-max(1, len(held_out) // 2) :]
        if len(train) < NEEDS["loss"] or not len(late) or float(np.min(late)) <= 0:
            continue
        at = np.searchsorted(train.step, held_out.step[-len(late) :], side="right") - 1
        level = smooth(train.value, 5)[np.maximum(at, 0)]
        times = float(np.median(level / late))
        if times < ABOVE:
            continue
        begin, end = float(held_out.step[-len(late)]), float(held_out.step[-1])
        sentence = (
            f"{pair.train.name} is {number(times)} times {pair.held_out.name} over the last "
            f"{len(late)} evaluations (median)."
        )
        return Finding(
            ID, begin, (begin, end), min(1.0, 0.5 + (times - ABOVE) / 0.9), (sentence,),
            {"times": times},
        )  # fmt: skip
    return None
