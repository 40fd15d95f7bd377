"""Weights that are trained and have a gradient do not change at all.

In nine of ten measured steps of the last half the update of a weight matrix,
or of the head, is exactly zero although its gradient is not and the learning
rate is above zero. Either every layer stands still (updates below the
precision of the weights, a step that is undone), or some do while others of
the same parameter group move. A whole group that stands still is left alone:
its learning rate may be zero on purpose, as when layers are unfrozen one by
one. Norms and biases do not count: in 16-bit weights they often stand.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import tail
from neural_trainer.signals.levels import share
from neural_trainer.symptoms.finding import Finding
from neural_trainer.symptoms.matrices import COMPARED, is_trained, lasting_from, named, names, sound

ID = "layers-not-moving"
NEEDS = {"layers": 10}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.001
LASTING = 0.9  # share of the measured steps of the last half


def find(run: Run) -> Finding | None:
    """Return the layers that stand still."""
    layers = sound(run)
    if layers is None:
        return None
    lr = run.get("lr")
    if lr is not None:
        at = np.searchsorted(lr.step, layers.step, side="right") - 1
        layers = layers.where((at < 0) | (lr.value[at] > 0))
    if len(layers) < NEEDS["layers"]:
        return None
    kinds = (*COMPARED, "head")
    judged = np.array(
        [i for i, p in enumerate(layers.parameters) if is_trained(p) and p.kind in kinds], np.intp
    )
    norm = tail(layers.gradients["grad_norm"][:, judged], 0.5)
    ratio = tail(layers.gradients["update_ratio"][:, judged], 0.5)
    known = (norm > 0) & ~np.isnan(ratio)
    enough = known.mean(axis=0) >= LASTING
    still = enough & (share(ratio == 0, known) >= LASTING)
    groups = np.array([layers.parameters[i].group for i in judged])
    if not still.any():
        return None
    if not still[enough].all():
        moving = set(groups[enough & ~still])
        still &= np.array([group in moving for group in groups])
    stands = judged[still]
    if len(stands) == 0:
        return None
    sentence = (
        f"{len(stands)} of {int(enough.sum())} weight matrices have a gradient and do not change, "
        f"{named(layers, stands)}."
    )
    at_rest = (layers.gradients["update_ratio"][:, stands] == 0).any(axis=1)
    began = float(layers.step[lasting_from(at_rest, LASTING)])
    return Finding(
        ID, began, (began, float(layers.step[-1])), 1.0, (sentence,),
        {"layers": float(len(stands)), "of": float(enough.sum())},
        names(layers, stands),
    )  # fmt: skip
