"""Weights that lie as they were drawn: those of a part that nothing has ever trained.

A draw from a uniform distribution has a sharp edge at a bound that its shape tells, and one from a
normal distribution the deviation that it was drawn with and no heavy tails. Training blurs both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from neural_trainer.layers.reductions import local
from neural_trainer.layers.watched import Watched
from neural_trainer.runs.layers import Parameter

_KINDS = ("linear", "conv", "attention", "recurrent", "head")  # embeddings are frozen as drawn
_LEAST = 256  # elements: a smaller tensor may lie like that by chance
_EDGE = 12.0  # the largest of n lies within 12 / n of the bound but once in 160,000 draws
_ERRORS = 4.0  # standard errors within which deviation, mean and tails are those of a draw
_GATES = (1, 3, 4)  # of a recurrent layer, whose bound is 1 / sqrt(hidden)


@torch.no_grad()
def untrained(watched: Sequence[Watched]) -> dict[str, float]:
    """Return which share of a model's matrices lies as drawn and is not trained.

    frozen_untrained: of those that ask for no gradient; unheld_untrained: of those that do and are
    in no optimizer, nothing where no optimizer holds any of the model's. A frozen part whose twin
    is trained, as a teacher or a target network, is left out. Waits for the device.
    """
    matrices = [one for one in watched if one.about.kind in _KINDS and one.tensor.dim() > 1]
    total = sum(one.tensor.numel() for one in matrices)
    if not total:
        return {}
    twins = {_part(one.about)[1:] for one in matrices if one.about.trainable}
    frozen = (one for one in matrices if not one.about.trainable and not _is_twin(one, twins))
    shares = {"frozen_untrained": _as_drawn(frozen) / total}
    trained = [one for one in matrices if one.about.trainable]
    if any(one.about.group is not None for one in trained):
        unheld = (one for one in trained if one.about.group is None)
        shares["unheld_untrained"] = _as_drawn(unheld) / total
    return shares


def lies_as_drawn(weight: Tensor, *, recurrent: bool = False) -> bool:
    """Tell whether a matrix has the distribution that one of the usual initialisations gives it."""
    if weight.numel() < _LEAST:
        return False
    fan_in = math.prod(weight.shape[1:])
    fan_out = weight.shape[0] * math.prod(weight.shape[2:])
    values = local(weight).flatten().float()
    num = values.numel()
    mean, std = float(values.mean()), float(values.std(correction=0))
    if num < _LEAST or std == 0 or not math.isfinite(std) or abs(mean) * num**0.5 > _ERRORS * std:
        return False
    tails = float(((values - mean) / std).pow(4).mean())
    if abs(tails - 1.8) < _ERRORS * 1.6 / num**0.5:
        edge = float(values.abs().amax())
        bounds = [scale / size for scale in (1.0, 3.0, 6.0) for size in (fan_in, fan_out)] + [
            gain**2 * 6.0 / (fan_in + fan_out) for gain in (1.0, 5 / 3, 2**0.5)
        ]
        if recurrent:
            bounds += [gates / weight.shape[0] for gates in _GATES]
        return any(b**0.5 * (1 - _EDGE / num) <= edge <= b**0.5 * (1 + 1e-5) for b in bounds)
    if abs(tails - 3.0) < _ERRORS * (24 / num) ** 0.5:
        drawn = (0.02**2, 1 / fan_in, 2 / fan_in, 2 / fan_out, 2 / (fan_in + fan_out))
        return any(abs(std / v**0.5 - 1) < _ERRORS / (2 * num) ** 0.5 for v in drawn)
    return False


def _as_drawn(some: Iterable[Watched]) -> int:
    """Return how many elements of these lie as drawn."""
    return sum(
        one.tensor.numel()
        for one in some
        if lies_as_drawn(one.tensor.detach(), recurrent=one.about.kind == "recurrent")
    )


def _part(about: Parameter) -> tuple[str, str, tuple[int, ...]]:
    """Return the part of the model that holds a parameter, and what the parameter is in it."""
    part, _, own = about.name.partition(".")
    return part, own, about.shape


def _is_twin(one: Watched, twins: set[tuple[str, tuple[int, ...]]]) -> bool:
    """Tell whether another part has a trained tensor of the same place and shape."""
    part, own, shape = _part(one.about)
    return not part.isdigit() and (own, shape) in twins
