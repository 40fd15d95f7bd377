"""The batches hold one class after another.

Told at complete sets by the targets that cross_entropy, or a binary one, is
given: seen where the most frequent class makes up 0.7 or more of a batch at
the median, and over at least six sets no class is the most frequent in over
three fifths of them.
Batches drawn at random hold every class in about its own share.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import is_adversarial

ID = "labels-in-turn"
NEEDS = {"label_share": 6, "label_top": 6}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.001
SHARE = 0.7
MOST = 0.6


def find(run: Run) -> Finding | None:
    """Return how much of a batch is of one class, which changes."""
    if is_adversarial(run):
        return None
    share, top = run.signals["label_share"].finite(), run.signals["label_top"].finite()
    typical = float(np.median(share.value)) if len(share) else 0.0
    if typical < SHARE or len(top) < 6:
        return None
    _, counts = np.unique(top.value, return_counts=True)
    if counts.max() > MOST * len(top):
        return None
    window = (float(share.step[0]), float(share.step[-1]))
    sentence = (
        f"{number(100 * typical)} % of a batch are of one class at the median, and of "
        f"{len(counts)} different ones in turn."
    )
    numbers = {"share": typical, "classes": float(len(counts))}
    return Finding(ID, window[0], window, 1.0, (sentence,), numbers)
