"""Small models and loops to watch, what was recorded of them, and plain float64 arithmetic."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from neural_trainer.live.run_folder import METRICS_FILE
from neural_trainer.runs.layers import Layers
from neural_trainer.runs.read import read


def mlp(seed: int = 0, width: int = 32) -> nn.Sequential:
    """A model of two layers, (n, 6) to (n, 3)."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(6, width), nn.Tanh(), nn.Linear(width, 3))


def batch(seed: int, size: int = 16, width: int = 6) -> Tensor:
    """Inputs, (size, width), the same for the same seed."""
    return torch.randn(size, width, generator=torch.Generator().manual_seed(seed))


def backward(model: Any, inputs: Tensor, factor: float = 1.0) -> Tensor:
    """Return the loss, the mean square of what the model puts out; gradients are added."""
    loss: Tensor = model(inputs).square().mean() * factor
    loss.backward()
    return loss


def plain_norm(parameters: Iterable[Tensor], scale: float = 1.0) -> float:
    """Return the norm of all gradients over `scale`, summed up exactly by Python's own floats."""
    squares = 0.0
    for parameter in parameters:
        gradient = parameter.grad
        if gradient is not None:
            dense = gradient.to_dense() if gradient.is_sparse else gradient
            values = torch.view_as_real(dense.resolve_conj()) if dense.is_complex() else dense
            squares += math.fsum((float(g) / scale) ** 2 for g in values.flatten().tolist())
    return math.sqrt(squares)


def rows(folder: str | Path = "a", name: str = METRICS_FILE) -> list[dict[str, Any]]:
    """Return the lines that a run folder holds."""
    return [json.loads(line) for line in (Path(folder) / name).read_text().splitlines()]


def column(name: str, folder: str | Path = "a") -> list[Any]:
    """Return one number of each line, None where it is unknown."""
    return [row.get(name) for row in rows(folder)]


def layers(folder: str | Path = "a") -> Layers:
    """Return the statistics by layer that a run folder holds."""
    found = read(folder).layers
    assert found is not None
    return found


def cell(found: Layers, statistic: str, step: float, parameter: str) -> float:
    """Return one statistic of one parameter at one step."""
    at = found.step.tolist().index(step)
    names = [one.name for one in found.parameters]
    return float(found.gradients[statistic][at, names.index(parameter)])
