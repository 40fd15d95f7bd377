"""Layers that an optimizer holds get no gradient at all.

In nine of ten measured steps the gradient of a weight matrix is missing or
exactly zero, of at least a tenth of the trained weight matrices, the first of
the model among them: what lies before a cut gets nothing. A branch that is
idle lies elsewhere. LoRA matrices, embeddings and heads do not count, nor does
a gradient that is there and not finite.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding
from neural_trainer.symptoms.matrices import matrices, named, names, sound

ID = "layers-without-gradient"
NEEDS = {"layers": 5}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.003
LASTING = 0.9
SHARE = 0.1


def find(run: Run) -> Finding | None:
    """Return the layers whose gradient is missing."""
    layers = sound(run)
    if layers is None or len(layers) < NEEDS["layers"]:
        return None
    judged = matrices(layers)
    if len(judged) < 2:
        return None
    norm = layers.gradients["grad_norm"][:, judged]
    overflows = layers.gradients["grad_nonfinite"][:, judged] > 0  # a gradient that is not finite
    without = ((np.isnan(norm) & ~overflows) | (norm == 0)).mean(axis=0) >= LASTING
    if not without[0] or without.mean() < SHARE:
        return None
    stands = judged[without]
    sentence = (
        f"{len(stands)} of {len(judged)} trained weight matrices get no gradient, "
        f"{named(layers, stands)}."
    )
    window = (float(layers.step[0]), float(layers.step[-1]))
    return Finding(
        ID, window[0], window, 1.0, (sentence,),
        {"layers": float(len(stands)), "of": float(len(judged))}, names(layers, stands),
    )  # fmt: skip
