"""What statistics by layer have to be, computed plainly in numpy's float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neural_trainer.layers.measurement import Measurement
from neural_trainer.layers.watched import Watched
from neural_trainer.runs.layers import GRADIENT_STATISTICS, Parameter

Doubles = NDArray[np.float64]


def doubles(tensor: Tensor) -> Doubles:
    """Return all elements as float64, (n,); a complex one as its two parts, zeros of a sparse."""
    dense = tensor.detach().to_dense() if tensor.is_sparse else tensor.detach()
    if dense.is_complex():
        dense = torch.stack([dense.real, dense.imag])
    return dense.to(torch.float64).contiguous().numpy().reshape(-1)


def plain_norm(tensors: Any) -> float:
    """Return the L2 norm of all elements of tensors."""
    return float(np.sqrt(sum(float(np.square(doubles(t)).sum()) for t in tensors)))


def plain_statistics(
    gradient: Tensor, before: Tensor, after: Tensor, last: Tensor | None
) -> dict[str, float]:
    """Return the statistics of one tensor whose gradient is finite, over all its elements.

    before, after: the weights around the step; last: the gradient of the step before.
    """
    g, w, moved = doubles(gradient), doubles(before), doubles(after) - doubles(before)
    cosine = np.nan
    if last is not None:
        was = doubles(last)
        lengths = float(np.linalg.norm(g) * np.linalg.norm(was))
        cosine = float(g @ was) / lengths if lengths else np.nan
    return {
        "grad_norm": float(np.linalg.norm(g)),
        "grad_mean": float(g.mean()),
        "grad_std": float(g.std()),
        "grad_max": float(np.abs(g).max()),
        "grad_zeros": float((g == 0).mean()),
        "grad_nonfinite": 0.0,
        "weight_norm": float(np.linalg.norm(w)),
        "update_ratio": float(np.linalg.norm(moved) / np.linalg.norm(w)),
        "grad_cosine": cosine,
    }


def measure(
    weights: list[Tensor], rounds: list[list[Tensor | None]], *, on_host: bool, lr: float = 0.1
) -> dict[str, NDArray[np.float32]]:
    """Return the statistics of the last round of SGD on `weights`, each (tensors,).

    rounds: the gradients of each step; weights are changed.
    """
    measurement = Measurement([seen(w, f"w{i}") for i, w in enumerate(weights)], on_host=on_host)
    for number, gradients in enumerate(rounds, start=1):
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient
        if number < len(rounds):
            measurement.keep_directions()
        else:
            measurement.begin()
        with torch.no_grad():
            for weight, gradient in zip(weights, gradients, strict=True):
                if gradient is not None:
                    weight.add_(gradient.to_dense() if gradient.is_sparse else gradient, alpha=-lr)
    complete = measurement.end()
    assert complete is not None
    table = complete.readings(complete.numbers.numpy(), 1.0)
    return dict(zip(GRADIENT_STATISTICS, table, strict=True))


def seen(tensor: Tensor, name: str = "w") -> Watched:
    """Return a tensor as one that is watched."""
    return Watched(tensor, Parameter(name, "other", tuple(tensor.shape), True, 0))
