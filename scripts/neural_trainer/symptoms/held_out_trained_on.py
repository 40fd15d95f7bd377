"""Samples that evaluations score were trained on.

Told by fingerprints that the Monitor takes of up to 64 samples of a training
pass at complete sets, and 256 of each pass without gradients: the same bits again.
Seen where the pass that shares least but a tenth, of half of the evaluations and
more, has one of 64 samples in common with the latest 8,192 training samples
looked at. A share of samples alone can be looked at, so the true one is larger.
Passes over the training data beside held-out ones leave the tenth from below at
0, as do samples that augmentation changes; nothing is told of data so coarse
that samples are alike by chance, nor of reinforcement learning, where an agent
is scored in the states that it learnt in.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import is_reinforcement

ID = "held-out-trained-on"
NEEDS = {"scored_trained_on": 1}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.001
SHARE = 0.015  # of a pass: one sample of 64


def find(run: Run) -> Finding | None:
    """Return the evaluations whose samples were trained on."""
    if is_reinforcement(run):
        return None
    shared = run.signals["scored_trained_on"].finite()
    there = shared.value >= SHARE
    if not np.mean(there) >= 0.5:
        return None
    step = float(shared.step[int(np.argmax(there))])
    most = float(shared.value.max())
    sentence = (
        f"In {int(there.sum())} of {len(shared)} evaluations, first at {at(run, step)}, passes "
        f"without gradients scored samples that were trained on: {number(100 * most)} % and more "
        "of those looked at."
    )
    window = (step, float(shared.step[-1]))
    return Finding(ID, step, window, 1.0, (sentence,), {"share": most})
