"""The layers that symptoms compare with one another: the weight matrices that are trained.

Embeddings see rare tokens, norms and biases are of another size, a LoRA matrix starts with a
gradient of exactly zero, the head has the shape of the answer: these differ in healthy runs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.layers import Layers, Parameter
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run
from neural_trainer.symptoms.roles import losses

COMPARED = ("linear", "conv", "recurrent", "attention")


def is_trained(parameter: Parameter) -> bool:
    """Tell whether an optimizer is to move `parameter`."""
    return parameter.trainable and parameter.group is not None


def matrices(layers: Layers) -> NDArray[np.intp]:
    """Return the columns of the matrices to compare, in the order of the model."""
    return np.array(
        [i for i, p in enumerate(layers.parameters) if is_trained(p) and p.kind in COMPARED],
        dtype=np.intp,
    )


def sound(run: Run) -> Layers | None:
    """Return the rows of a run at which every loss was finite: past that no gradient can be."""
    layers = run.layers
    if layers is None:
        return None
    keep = np.ones(len(layers), dtype=bool)
    for loss in losses(run):
        at = np.searchsorted(loss.series.step, layers.step, side="right") - 1
        keep &= (at < 0) | np.isfinite(loss.series.value[at])
    return layers if keep.all() else layers.where(keep)


def lasting_from(holds: NDArray[np.bool_], share: float) -> int:
    """Return the first row at which `holds`, (n,), from which on it does in `share` of the rows.

    >>> lasting_from(np.array([True, False, False, True, True, False, True, True]), 0.75)
    3
    """
    after = np.cumsum(holds[::-1])[::-1] / np.arange(len(holds), 0, -1)
    return int(np.argmax(holds & (after >= share)))


def names(layers: Layers, columns: Sequence[int] | NDArray[np.intp]) -> tuple[str, ...]:
    """Return the names of the parameters in `columns`."""
    return tuple(layers.parameters[i].name for i in columns)


def named(layers: Layers, columns: NDArray[np.intp]) -> str:
    """Return the names of parameters for a sentence, the first two where there are more.

    >>> from neural_trainer.runs.layers import Parameter
    >>> one = Parameter("a.weight", "linear", (2, 2), True, 0)
    >>> empty = np.empty(0)
    >>> named(Layers(empty, empty, (one,) * 3, (), {}, {}), np.array([0, 1, 2]))
    'a.weight, a.weight and 1 more'
    """
    first = [shown_name(name) for name in names(layers, columns[:2])]
    more = len(columns) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")
