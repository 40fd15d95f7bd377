"""The optimizer's epsilon is larger than the gradients that it divides by.

Told at complete sets by the optimizer's eps and by the root mean square of the
gradient's elements, tensor by tensor: an optimizer of Adam's kind divides by
the size of the gradient plus eps, so where eps is larger the update shrinks in
proportion. Seen where eps is 1e-6 or more and above the root mean square of
half of the trained tensors, at the median of the first half of the run: later
gradients vanish as they should. Strength 0.5 at once, 1 from ten times on.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, number

ID = "epsilon-above-gradients"
NEEDS = {"optimizer_eps": 1, "layers": 2}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.005
LEAST = 1e-6


def find(run: Run) -> Finding | None:
    """Return how many times eps is above the gradients."""
    layers, eps = run.layers, run.signals["optimizer_eps"].finite()
    if layers is None or not len(eps):
        return None
    size = float(np.median(eps.value))
    held = [i for i, p in enumerate(layers.parameters) if p.trainable and p.group is not None]
    if size < LEAST or not held:
        return None
    early = layers.gradients["grad_norm"][: max(2, len(layers) // 2), held].astype(np.float64)
    elements = np.array([math.prod(layers.parameters[i].shape) for i in held], dtype=np.float64)
    measured = early[np.isfinite(early).all(axis=1)] / np.sqrt(np.maximum(elements, 1))
    if not len(measured):
        return None
    typical = float(np.median(np.median(measured, axis=0)))
    if size <= typical:
        return None
    window = (float(layers.step[0]), float(layers.step[-1]))
    sentence = (
        f"The optimizer's eps is {number(size)}; the elements of the gradient are "
        f"{number(typical)} at the median tensor: updates shrink by as much."
    )
    times = size / max(typical, 1e-30)
    strength = min(1.0, 0.5 + 0.5 * math.log10(times))
    return Finding(ID, window[0], window, strength, (sentence,), {"eps": size, "rms": typical})
