"""The targets of a model of sequences are not the next elements of its inputs.

Told at complete sets of inputs that are whole numbers, tokens say: how many
elements later than the inputs the targets are. One is what a model that
continues is asked for; two or three say that they were shifted twice, minus
one that they were shifted the wrong way. None, where they are the inputs, is
the task of many a model, and seen here only where its loss has come to a
twentieth of what it was at first: a model that sees what it is to say has
nothing to learn. Seen where nine tenths of at least three sets agree.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number

ID = "targets-out-of-step"
NEEDS = {"target_offset": 3}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.002
SHARE = 0.9  # of the sets
LEARNT = 0.05  # of the first loss
OUT_OF_STEP = (-1, 2, 3)


def find(run: Run) -> Finding | None:
    """Return how far the targets are from the inputs."""
    told = run.signals["target_offset"].finite()
    offset = float(np.median(told.value))
    if len(told) < NEEDS["target_offset"] or np.mean(told.value == offset) < SHARE:
        return None
    if offset not in OUT_OF_STEP and not (offset == 0 and _is_learnt(run)):
        return None
    window = (float(told.step[0]), float(told.step[-1]))
    where = (
        "the inputs themselves" if offset == 0 else f"the inputs {number(offset)} elements later"
    )
    sentence = f"The targets are {where}, not the next elements."
    return Finding(ID, window[0], window, 1.0, (sentence,), {"offset": offset})


def _is_learnt(run: Run) -> bool:
    loss = run.get("loss")
    if loss is None or len(loss.finite()) < 10:
        return False
    value = loss.finite().value
    return bool(np.median(value[-5:]) < LEARNT * np.median(value[:3]))
