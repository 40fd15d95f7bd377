"""Layers of one kind have gradients of very different size, in no order of
depth.

The levels of the trained weight matrices of one kind (linear, convolution,
recurrent, attention: the median of log10 of the gradient's norm) lie three
decades or more apart, in the first half of the measured steps and in the last.
Healthy networks keep within one decade. A LoRA matrix, whose first gradient is
exactly zero, frozen layers, embeddings, norms and biases are not compared: they
differ where nothing is wrong. Gradients that die away with depth have a
symptom of their own, layer-gradients-vanishing.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.levels import decades, median
from neural_trainer.symptoms import layer_gradients_vanishing
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.matrices import matrices, named, names, sound

ID = "depth-out-of-balance"
NEEDS = {"layers": 10}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.01
DECADES = 3.0
FEWEST = 3  # layers of a kind


def find(run: Run) -> Finding | None:
    """Return the kind of layers that lie furthest apart, if far enough."""
    layers = sound(run)
    if layers is None or len(layers) < NEEDS["layers"] or layer_gradients_vanishing.find(run):
        return None
    worst: tuple[float, Finding] | None = None
    trained = matrices(layers)
    kinds = [layers.parameters[i].kind for i in trained]
    for kind in sorted(set(kinds)):
        columns = trained[[k == kind for k in kinds]]
        if len(columns) < FEWEST:
            continue
        level = decades(layers.gradients["grad_norm"][:, columns])
        half = len(level) // 2
        halves = [median(level[:half]), median(level[half:])]
        if any(np.isnan(h).all() for h in halves):
            continue
        apart = min(float(np.nanmax(h) - np.nanmin(h)) for h in halves)
        if apart < DECADES or (worst is not None and apart <= worst[0]):
            continue
        low, high = int(np.nanargmin(halves[1])), int(np.nanargmax(halves[1]))
        sentence = (
            f"Among {len(columns)} {kind} layers the gradient norm is "
            f"{number(10 ** halves[1][low])} in {named(layers, columns[[low]])} and "
            f"{number(10 ** halves[1][high])} in {named(layers, columns[[high]])}."
        )
        window = (float(layers.step[0]), float(layers.step[-1]))
        finding = Finding(
            ID,
            window[0],
            window,
            1.0,
            (sentence,),
            {"decades": apart},
            names(layers, columns[[low, high]]),
        )
        worst = (apart, finding)
    return None if worst is None else worst[1]
