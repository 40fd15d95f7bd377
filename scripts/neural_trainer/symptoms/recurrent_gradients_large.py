"""The gradient of recurrent layers is far larger than that of the head.

Through a recurrence a gradient is multiplied once a time step; where that
factor is above one it explodes, in the recurrent layer and all before it, but
not in the head. The largest gradient norm of a recurrent matrix is thirty
times that of the head or more, in the first half of the measured steps and in
the last (medians). In healthy recurrent networks the two are within a factor
of three.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.levels import decades, median
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.matrices import is_trained, named, names, sound

ID = "recurrent-gradients-large"
NEEDS = {"layers": 10}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.0007
FACTOR = 30.0


def find(run: Run) -> Finding | None:
    """Return the recurrent matrix whose gradient is largest, where it is far too large."""
    layers = sound(run)
    if layers is None or len(layers) < NEEDS["layers"]:
        return None
    trained = [i for i, p in enumerate(layers.parameters) if is_trained(p)]
    kinds = [layers.parameters[i].kind for i in trained]
    recurrent = np.array(trained)[[kind == "recurrent" for kind in kinds]]
    linear = np.array(trained)[[kind in ("linear", "head") for kind in kinds]]
    heads = linear[-1:]  # what comes last makes the answer
    if len(recurrent) == 0 or len(heads) == 0:
        return None
    level = decades(layers.gradients["grad_norm"])
    half = len(level) // 2
    above = []
    for part in (level[:half], level[half:]):
        of_recurrent, of_heads = median(part[:, recurrent]), median(part[:, heads])
        if np.isnan(of_recurrent).all() or np.isnan(of_heads).all():
            return None
        above.append(float(np.nanmax(of_recurrent) - np.nanmax(of_heads)))
    if min(above) < np.log10(FACTOR):
        return None
    worst = recurrent[[int(np.nanargmax(of_recurrent))]]
    largest = 10 ** float(np.nanmax(of_recurrent))
    sentence = (
        f"The gradient norm of {named(layers, worst)} is {number(largest)}, "
        f"{number(10 ** above[1])} times that of the head ({named(layers, heads)})."
    )
    window = (float(layers.step[0]), float(layers.step[-1]))
    return Finding(
        ID, window[0], window, 1.0, (sentence,), {"factor": 10 ** min(above)}, names(layers, worst)
    )
