"""Units of a layer do nothing: their output and their gradient are exactly
zero.

Seen in the gradients alone: in nine of ten measured steps of the last half, a
trained weight matrix gets a gradient that is zero throughout, or zero in 95 %
of its elements while that of its bias is zero in 90 %. The bias tells dead
units from an input that is mostly zero, such as a bag of words, where only
columns of the matrix are zero. Healthy ReLU networks reach 60 % of zeros, and
88 % where learning rates are high.

A layer that is zero throughout cuts off all before it: the last of these is
where it happens. Where some matrix before a zero one still gets a gradient it
may be a branch that is not in use, as a second head: strength 0.3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.layers import Layers
from neural_trainer.runs.run import Run
from neural_trainer.signals.course import tail
from neural_trainer.signals.levels import share
from neural_trainer.symptoms.finding import Finding, at
from neural_trainer.symptoms.matrices import lasting_from, matrices, named, names, sound

ID = "units-dead"
NEEDS = {"layers": 10}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.0005
LASTING = 0.9  # share of the measured steps of the last half
ZEROS = 0.95  # share of a matrix's gradient
OF_BIAS = 0.9  # share of its bias' gradient


def find(run: Run) -> Finding | None:
    """Return the layers whose gradient is zero, and from which step on."""
    layers = sound(run)
    if layers is None or len(layers) < NEEDS["layers"]:
        return None
    trained = matrices(layers)
    recurrent = [layers.parameters[i].kind == "recurrent" for i in trained]
    columns = trained[~np.array(recurrent, bool)]
    zeros = layers.gradients["grad_zeros"]
    known = ~np.isnan(zeros)
    whole = zeros >= 1
    partly = (zeros >= ZEROS) & _at_bias(layers, zeros >= OF_BIAS)
    dead = (whole | partly)[:, columns]
    late = tail(np.arange(len(layers)), 0.5)
    lasting = share(dead[late], known[:, columns][late]) >= LASTING
    gone = columns[np.flatnonzero(lasting)]
    if len(gone) == 0:
        return None
    measured = columns[known[:, columns][late].any(axis=0)]
    cut_off = bool(np.array_equal(gone, measured[: len(gone)]))
    last = gone[-1]
    began = float(layers.step[lasting_from((whole | partly)[:, last], LASTING)])
    nothing = share(whole[late], known[late])[last] >= LASTING
    sentence = (
        f"{len(gone)} of {len(measured)} weight matrices get a gradient of "
        f"{'exactly zero' if nothing else 'zero in nearly all elements'}, {named(layers, gone)}; "
        f"in {named(layers, gone[-1:])} from {at(run, began)} on."
    )
    return Finding(
        ID, began, (began, float(layers.step[-1])), 1.0 if cut_off else 0.3, (sentence,),
        {"layers": float(len(gone)), "of": float(len(measured))},
        names(layers, gone),
    )  # fmt: skip


def _at_bias(layers: Layers, holds: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for each parameter, (n, m), what holds of the bias beside it; False without one."""
    place = {parameter.name: index for index, parameter in enumerate(layers.parameters)}
    beside = np.zeros_like(holds)
    for index, parameter in enumerate(layers.parameters):
        owner, _, own = parameter.name.rpartition(".")
        bias = place.get(f"{owner}.bias" if owner else "bias")
        if own == "weight" and bias is not None:
            beside[:, index] = holds[:, bias]
    return beside
