"""The gradient dies away layer by layer towards the input.

The levels of the trained weight matrices (the median of log10 of their
gradient's norm over the last half of the measured steps), in the order of the
model: a straight line through them rises towards the output by four decades or
more in all, and explains them (correlation from 0.9). Four decades, because
healthy networks of 2 to 20 layers keep within one, and because the first
layers then learn ten thousand times slower than the last under SGD, or lie
under Adam's epsilon. Five layers at least: with fewer a line says nothing. A
model whose loss still fell by half all the same is left alone.

In a recurrent network it dies away over the time steps: in nine of ten
measured steps of the last half the gradient of every recurrent matrix is four
decades under that of the head, or zero. In healthy ones the two are within a
factor of three.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.layers import Layers
from neural_trainer.runs.run import Run
from neural_trainer.signals.course import head, tail
from neural_trainer.signals.levels import decades, median
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.matrices import (
    is_trained,
    lasting_from,
    matrices,
    named,
    names,
    sound,
)
from neural_trainer.symptoms.roles import training_loss

ID = "layer-gradients-vanishing"
NEEDS = {"layers": 10}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.0005
DECADES = 4.0  # from the first layer to the last
CORRELATION = 0.9
FEWEST = 5  # layers
LASTING = 0.9  # share of the measured steps since it began
LEARNT = 0.5  # share of its first level under which the loss has fallen


def find(run: Run) -> Finding | None:
    """Return by how much the gradient falls from the output to the input, or back in time."""
    layers = sound(run)
    if layers is None or len(layers) < NEEDS["layers"] or _has_learnt(run):
        return None
    return _over_time(layers) or _over_depth(layers)


def _over_time(layers: Layers) -> Finding | None:
    """Return by how much the gradient of every recurrent matrix is under that of the head."""
    trained = [i for i, p in enumerate(layers.parameters) if is_trained(p)]
    kinds = [layers.parameters[i].kind for i in trained]
    recurrent = np.array(trained, np.intp)[[kind == "recurrent" for kind in kinds]]
    head = np.array(trained, np.intp)[[kind in ("linear", "head") for kind in kinds]][-1:]
    norm = layers.gradients["grad_norm"].astype(np.float64)
    if len(recurrent) == 0 or len(head) == 0:
        return None
    known = ~np.isnan(norm[:, head[0]]) & ~np.isnan(norm[:, recurrent]).all(axis=1)
    layers, norm = layers.where(known), norm[known]
    if len(layers) < NEEDS["layers"]:
        return None
    largest = np.nanmax(norm[:, recurrent], axis=1)
    under = largest <= norm[:, head[0]] * 10**-DECADES
    if not tail(under, 0.5).mean() >= LASTING or not tail(norm[:, head[0]], 0.5).min() > 0:
        return None
    began = float(layers.step[lasting_from(under, LASTING)])
    sentence = (
        f"The gradient norm of the recurrent layers, {named(layers, recurrent)}, is "
        f"{number(float(np.median(tail(largest, 0.5))))}, that of the head "
        f"({named(layers, head)}) {number(float(np.median(tail(norm[:, head[0]], 0.5))))}: "
        f"it dies away over the time steps."
    )
    return Finding(
        ID, began, (began, float(layers.step[-1])), 1.0, (sentence,),
        {"layers": float(len(recurrent))}, names(layers, recurrent),
    )  # fmt: skip


def _over_depth(layers: Layers) -> Finding | None:
    """Return by how much the gradient falls from the output to the input."""
    columns = matrices(layers)
    level = median(tail(decades(layers.gradients["grad_norm"][:, columns]), 0.5))
    columns, level = columns[~np.isnan(level)], level[~np.isnan(level)]
    if len(columns) < FEWEST or np.ptp(level) == 0:
        return None
    depth = np.arange(len(columns), dtype=np.float64)
    rise = float(np.polyfit(depth, level, 1)[0]) * (len(columns) - 1)
    if rise < DECADES or np.corrcoef(depth, level)[0, 1] < CORRELATION:
        return None
    first, last = columns[:1], columns[-1:]
    sentence = (
        f"The gradient norm falls from {number(10 ** level[-1])} in {named(layers, last)} to "
        f"{number(10 ** level[0])} in {named(layers, first)}, by "
        f"{number(rise / (len(columns) - 1))} decades a layer over {len(columns)} layers."
    )
    ends = decades(layers.gradients["grad_norm"][:, [columns[0], columns[-1]]])
    began = float(layers.step[lasting_from(ends[:, 1] - ends[:, 0] >= DECADES, LASTING)])
    return Finding(
        ID, began, (began, float(layers.step[-1])), 1.0, (sentence,),
        {"decades": rise, "layers": float(len(columns))},
        names(layers, columns[level < level[-1] - DECADES]),
    )  # fmt: skip


def _has_learnt(run: Run) -> bool:
    part = training_loss(run)
    if part is None or len(part.series.finite()) < 6:
        return False
    value = part.series.finite().value
    return float(np.median(tail(value, 0.1))) < LEARNT * float(np.median(head(value, 0.02)))
