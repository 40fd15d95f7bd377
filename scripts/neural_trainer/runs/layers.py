"""Layers: what was measured of each tensor and module of a model, at the steps where it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.run import Array

Table = NDArray[np.float32]

GRADIENT_STATISTICS = (
    "grad_norm", "grad_mean", "grad_std", "grad_max", "grad_zeros", "grad_nonfinite",
    "weight_norm", "update_ratio", "grad_cosine",
)  # fmt: skip
"""Of a parameter: L2 norm, mean, deviation, largest magnitude, share of exact zeros in [0, 1] and
count of non-finite values of its gradient; L2 norm of the weights; norm of the update over that of
the weights, and cosine with the gradient before, both on a sample of elements."""

ACTIVATION_STATISTICS = ("mean", "std", "dead", "saturated", "max_logit")
"""Of a module's output: mean, deviation, shares in [0, 1] of dead and of saturated units; the
largest attention logit, NaN but for attention."""

KINDS = (
    "embedding", "norm", "bias", "linear", "conv", "recurrent", "attention", "lora", "head",
    "other",
)  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """One parameter tensor. kind: one of KINDS. group: its place in the optimizer, None outside."""

    name: str
    kind: str
    shape: tuple[int, ...]
    trainable: bool
    group: int | None


@dataclass(frozen=True)
class Module:
    """One module whose output is watched. kind: "relu", "gelu", "tanh", "attention" …"""

    name: str
    kind: str


@dataclass(frozen=True, eq=False)
class Layers:
    """The statistics of a run by layer.

    step: (n,) float64, strictly increasing; time: (n,) seconds. parameters: in the order of the
    model, which is that of depth. gradients: each of GRADIENT_STATISTICS as (n, parameters), and
    activations each of ACTIVATION_STATISTICS as (n, modules), float32; NaN where not measured.
    """

    step: Array
    time: Array
    parameters: tuple[Parameter, ...]
    modules: tuple[Module, ...]
    gradients: Mapping[str, Table]
    activations: Mapping[str, Table]

    def __len__(self) -> int:
        return len(self.step)

    def where(self, keep: NDArray[np.bool_]) -> Layers:
        """Return the rows for which `keep`, (n,), holds."""
        return replace(
            self,
            step=self.step[keep],
            time=self.time[keep],
            gradients={name: table[keep] for name, table in self.gradients.items()},
            activations={name: table[keep] for name, table in self.activations.items()},
        )

    def until(self, step: float) -> Layers:
        """Return the rows up to and including `step`."""
        return self.where(self.step <= step)
