"""What the numbers carried from a device say of each layer: the statistics of runs/layers.py."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.layers import GRADIENT_STATISTICS

Floats = NDArray[np.float32]
Raw = dict[str, NDArray[np.float64]]


def unpacked(
    parts: Sequence[tuple[str, Sequence[int] | NDArray[np.intp]]], numbers: Floats, num: int
) -> Raw:
    """Return each kind of raw number by tensor, (num,), NaN where it was not measured.

    A part without a name is left out.
    """
    raw: Raw = {}
    at = 0
    for what, index in parts:
        if what:
            column = raw.setdefault(what, np.full(num, np.nan))
            column[np.asarray(index, np.intp)] = numbers[at : at + len(index)]
        at += len(index)
    return raw


def gradient_readings(raw: Raw, numel: NDArray[np.float64], scale: float = 1.0) -> Floats:
    """Return the statistics of gradients and weights, (statistics, tensors).

    numel: (tensors,), the elements whose sums `raw` holds. scale: what gradients were multiplied
    by. Where gradients are not all finite, their count is told and nothing else of them.
    """
    num = len(numel)

    def of(what: str) -> NDArray[np.float64]:
        return raw.get(what, np.full(num, np.nan))

    known = ~np.isnan(of("nonzero"))
    broken = np.where(known, np.nan_to_num(of("nonfinite")), np.nan)
    finite = broken == 0
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        norm, mean = of("norm") / scale, of("sum") / scale / numel
        low = np.nan_to_num(of("low"), nan=0.0)  # on a device `high` is that of the magnitudes
        largest = np.maximum(np.abs(low), np.abs(of("high"))) / scale
        deviation = np.sqrt(np.maximum(norm**2 / numel - mean**2, 0))
        cosine = of("dot") / (of("gradient") * of("before"))
        told = {
            "grad_norm": np.where(finite, norm, np.nan),
            "grad_mean": np.where(finite, mean, np.nan),
            "grad_std": np.where(finite, deviation, np.nan),
            "grad_max": np.where(finite, largest, np.nan),
            "grad_zeros": np.where(finite, np.maximum(1 - of("nonzero") / numel, 0), np.nan),
            "grad_nonfinite": broken,
            "weight_norm": of("weight_norm"),
            "update_ratio": of("update") / of("weight"),
            "grad_cosine": np.where(finite, cosine, np.nan),
        }
        rows = np.stack([told[name] for name in GRADIENT_STATISTICS])
        return rows.astype(np.float32)
