"""The variance of signals and gradients layer by layer before training, and how depth changes it.

A signal that each layer shrinks or grows by a factor is lost or overflows with depth (Glorot and
Bengio 2010; He et al. 2015, arXiv 1502.01852, section 2.2). Layers are compared with their like
alone, blocks.0.up with blocks.1.up: what differs in kind may differ in scale and be sound.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neural_trainer.inspect.copies import copied
from neural_trainer.inspect.loss import checked_loss
from neural_trainer.inspect.untouched import gradients_of, random_states
from neural_trainer.inspect.user_code import told_in_a_line
from neural_trainer.layers.case import Case

LEAST_LAYERS = 4  # of one kind: with fewer, depth and difference cannot be told apart
# Orders of magnitude over the depth. Plain ReLU nets as torch initialises them lose 2.2 over 5
# hidden layers and learn as 3 do; over 8 they lose 3.4, and their loss after 300 steps is 2.8 times
# that; over 12, 6 times (benchmarks/initial_variance.py).
DECADES = 3.0
SAME_DIRECTION = 0.8  # share of the steps from layer to layer that go the way of the whole

SIGNAL, GRADIENT = "signal", "gradient"


@dataclass(frozen=True)
class Level:
    """A layer in the order of the calls.

    std: of all its outputs. signal: of each unit over the samples of the batch, quadratic mean; NaN
    with one sample. gradient: quadratic mean of the loss's gradient for its outputs; NaN for none.
    """

    name: str
    kind: str
    std: float
    signal: float
    gradient: float


@dataclass(frozen=True)
class Trend:
    """Layers of one kind over which the scale moves: `factor` from the first to the last of them.

    Gradients are followed from the output down, the way they go.
    """

    what: str
    verdict: str
    pattern: str
    num_layers: int
    factor: float


def levels(case: Case, batch: Any, name: str) -> tuple[Level, ...]:
    """Return each layer's scales in one forward and backward pass on a copy, with numbers."""
    with random_states(case.train_batches), gradients_of(case.model):
        model, _, _ = copied(case)
        model.train()
        found: list[list[Any]] = []
        handles = [
            module.register_forward_hook(_noting(layer, type(module).__name__, found))
            for layer, module in model.named_modules()
            if _is_layer(module)
        ]
        try:
            with told_in_a_line(name, "a step of loss_fn(model, batch)"):
                checked_loss(case.loss_fn(model, batch)).backward()
        finally:
            for handle in handles:
                handle.remove()
    return tuple(Level(*entry) for entry in found)


def _is_layer(module: nn.Module) -> bool:
    """Tell whether a module is a layer with weights that make a new signal, not one that scales."""
    weights = [p for p in module.parameters(recurse=False) if p.dim() >= 2]
    return bool(weights)


def _noting(layer: str, kind: str, found: list[list[Any]]) -> Callable[..., None]:
    seen = False

    def note(module: nn.Module, inputs: Any, outputs: Any) -> None:
        nonlocal seen
        output = outputs[0] if isinstance(outputs, tuple) and outputs else outputs
        if seen or not isinstance(output, Tensor) or not output.is_floating_point():
            return
        seen = True
        values = output.detach().float()
        one = values.numel() < 2
        std = math.nan if one else float(values.std(unbiased=False))
        spread = values.var(dim=0, unbiased=False).mean() if values.dim() > 1 else values.var()
        samples = values.shape[0] if values.dim() else 1
        signal = float(spread.sqrt()) if samples > 1 else math.nan
        entry = [layer, kind, std, signal, math.nan]
        found.append(entry)
        if output.requires_grad:
            _follow(output, entry)

    return note


def _follow(output: Any, entry: list[Any]) -> None:
    """Set the scale of the gradient for `output` once it has come."""

    def note_gradient(grad: Tensor) -> None:
        entry[4] = float(grad.detach().float().square().mean().sqrt())

    output.register_hook(note_gradient)


def trends(found: tuple[Level, ...]) -> tuple[Trend, ...]:
    """Return what explodes or vanishes with depth, among layers whose names differ in numbers."""
    groups: dict[tuple[str, str], list[Level]] = defaultdict(list)
    for level in found:
        groups[re.sub(r"\d+", "*", level.name), level.kind].append(level)
    told = []
    for (pattern, _), group in groups.items():
        for what in (SIGNAL, GRADIENT):
            values = np.array([getattr(level, what) for level in group])
            trend = _trend(values if what == SIGNAL else values[::-1])
            if trend is not None:
                told.append(Trend(what, trend[0], pattern, len(group), trend[1]))
    return tuple(told)


def _trend(values: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[str, float] | None:
    """Return the verdict on scales (n,) in the order of flow; None where they keep or are few."""
    if len(values) < LEAST_LAYERS or np.isnan(values).any():
        return None
    if not np.isfinite(values).all():
        return "explodes", math.inf
    if values[0] == 0:
        return None  # cut off before the first: dead modules, not depth
    if values[-1] == 0:
        return "vanishes", 0.0
    decades = np.log10(np.maximum(values, torch.finfo(torch.float32).tiny))
    steps = np.diff(decades)
    whole = float(decades[-1] - decades[0])
    same = float(np.mean(np.sign(steps) == np.sign(whole)))
    if abs(whole) < DECADES or same < SAME_DIRECTION:
        return None
    return ("explodes" if whole > 0 else "vanishes"), float(values[-1] / values[0])
