"""Held-out inputs lie elsewhere than those of training, or are wider or narrower.

Told at each evaluation by the inputs that are fractions: their deviation over
that of what was trained on, and how far off their means are, in deviations of
training. Seen where at least half of the evaluations are 1.5 times as wide or
narrow, or .6 off. Not looked for where a reward is at play, whose policy
decides what it is shown.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import is_reinforcement

ID = "scored-on-another-scale"
NEEDS = {"scored_scale": 1, "scored_offset": 1}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.005
WIDER, OFF = 1.5, 0.6
SHARE = 0.5  # of the evaluations


def find(run: Run) -> Finding | None:
    """Return how far held-out inputs are from those of training."""
    scale, offset = run.signals["scored_scale"].finite(), run.signals["scored_offset"].finite()
    if is_reinforcement(run) or len(scale) != len(offset):
        return None
    apart = (np.maximum(scale.value, 1 / np.maximum(scale.value, 1e-9)) > WIDER) | (
        offset.value > OFF
    )
    if apart.mean() < SHARE:
        return None
    step = float(scale.step[np.flatnonzero(apart)[0]])
    wide, off = float(np.median(scale.value)), float(np.median(offset.value))
    sentence = (
        f"Held-out inputs are {number(wide)} times as wide as those of training, and their means "
        f"{number(off)} deviations off."
    )
    numbers = {"scale": wide, "offset": off}
    return Finding(ID, step, (step, float(scale.step[-1])), 1.0, (sentence,), numbers)
