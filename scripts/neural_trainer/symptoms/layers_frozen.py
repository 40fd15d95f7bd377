"""A tenth or more of the weights is frozen, in a run that does not learn.

Freezing is mostly meant, so that it means something only where the loss does
not fall. It is not looked for where LoRA is at work, which freezes all else.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.matrices import named, names

ID = "layers-frozen"
NEEDS = {"layers": 1}
GIVEN: tuple[str, ...] = ("loss-not-falling", "loss-at-chance")
ALARM = False
BACKGROUND = 0.15
SHARE = 0.1  # of all elements


def find(run: Run) -> Finding | None:
    """Return which layers are frozen."""
    layers = run.layers
    if layers is None or any(p.kind == "lora" for p in layers.parameters):
        return None
    size = np.array([float(math.prod(p.shape)) for p in layers.parameters])
    frozen = np.array([not p.trainable for p in layers.parameters], dtype=bool)
    if len(size) == 0 or size[frozen].sum() < SHARE * size.sum():
        return None
    share = float(size[frozen].sum() / size.sum())
    sentence = (
        f"{number(100 * share)} % of the weights are frozen, "
        f"{named(layers, np.flatnonzero(frozen))}."
    )
    step = float(layers.step[0])
    return Finding(
        ID,
        step,
        (step, float(layers.step[-1])),
        1.0,
        (sentence,),
        {"share": share},
        names(layers, np.flatnonzero(frozen)),
    )
