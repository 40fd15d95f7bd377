"""Nearly all targets are of one class.

Told at complete sets by the targets that cross_entropy, or a binary one, is
given: the share of the most frequent one, those that are ignored left out.
Seen where it is 0.7 or more at the median and it is the same class in four
fifths of at least four sets, and the loss is not told to weigh classes or
samples. Strength grows to 1 at 0.95.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import is_adversarial

ID = "one-label-dominates"
NEEDS = {"label_share": 4, "label_top": 4}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.02
SHARE, CERTAIN = 0.7, 0.95
SAME = 0.8


def find(run: Run) -> Finding | None:
    """Return the class that most targets are of; of real and fake in turn none is."""
    weighs = run.get("criterion_weighs")
    if is_adversarial(run) or (weighs is not None and np.nanmedian(weighs.value) > 0):
        return None
    share, top = run.signals["label_share"].finite(), run.signals["label_top"].finite()
    typical = float(np.median(share.value)) if len(share) else 0.0
    if typical < SHARE or len(top) < 4:
        return None
    labels, counts = np.unique(top.value, return_counts=True)
    most = int(np.argmax(counts))
    if counts[most] < SAME * len(top):
        return None
    window = (float(share.step[0]), float(share.step[-1]))
    sentence = f"{number(100 * typical)} % of the targets are of class {labels[most]:.0f}."
    strength = min(1.0, 0.5 + 0.5 * (typical - SHARE) / (CERTAIN - SHARE))
    numbers = {"share": typical, "class": float(labels[most])}
    return Finding(ID, window[0], window, strength, (sentence,), numbers)
