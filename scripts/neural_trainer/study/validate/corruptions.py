"""Stated corruptions of the inputs, and what each costs a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from neural_trainer.errors import ConfigError
from neural_trainer.inspect.checks.data_look import input_parts
from neural_trainer.layers.batches import mapped
from neural_trainer.layers.case import Case
from neural_trainer.study.estimates import holm
from neural_trainer.study.validate.case_pass import predict
from neural_trainer.study.validate.paired import against
from neural_trainer.study.validate.predictions import Predictions

Change = Callable[[Tensor, torch.Generator], Tensor]


@dataclass(frozen=True)
class Robust:
    """What one corruption does to the score of the split; interval and p of the difference."""

    corruption: str
    score: str
    clean: float
    corrupted: float
    difference: float
    low: float
    high: float
    p: float


def noise(size: float) -> Change:
    """Add normal noise of `size` standard deviations of the batch."""
    return lambda x, rng: x + size * x.std() * _normal(x, rng)


def missing(share: float) -> Change:
    """Replace a share of the values by the mean of the batch."""
    return lambda x, rng: torch.where(_uniform(x, rng) < share, x.mean(), x)


def contrast(share: float) -> Change:
    """Draw values towards the mean of their sample, to `share` of their distance."""

    def change(x: Tensor, rng: torch.Generator) -> Tensor:
        mean = x.flatten(1).mean(1).reshape(-1, *[1] * (x.ndim - 1))
        return mean + share * (x - mean)

    return change


def shift(size: float) -> Change:
    """Add `size` standard deviations of the batch to every value."""
    return lambda x, rng: x + size * x.std()


def blur(width: float) -> Change:
    """Average each value with its neighbours over the last axis (both last, of images)."""

    def change(x: Tensor, rng: torch.Generator) -> Tensor:
        size = 2 * int(width) + 1
        if x.ndim < 3:
            return x
        flat = x.reshape(1, -1, *x.shape[-2:])
        pad = int(width)
        padded = nn.functional.pad(flat, (pad, pad, pad, pad), mode="replicate")
        return nn.functional.avg_pool2d(padded, size, stride=1).reshape(x.shape)

    return change


def tokens(share: float) -> Change:
    """Replace a share of whole numbers by others of the same batch, drawn at random."""

    def change(x: Tensor, rng: torch.Generator) -> Tensor:
        place = torch.randint(x.numel(), x.shape, generator=rng)
        others = x.flatten()[place.to(x.device)]
        return torch.where(_uniform(x, rng) < share, others, x)

    return change


CORRUPTIONS: dict[str, tuple[Callable[[float], Change], float, bool]] = {
    "noise": (noise, 0.5, True),
    "missing": (missing, 0.2, True),
    "contrast": (contrast, 0.5, True),
    "shift": (shift, 0.5, True),
    "blur": (blur, 1.0, True),
    "tokens": (tokens, 0.1, False),
}
GRADIENT_SIGN = "gradient-sign"


def parse_corruption(text: str) -> tuple[str, float]:
    """Return name and size of `noise` or `noise=0.2`. Raises ConfigError.

    >>> parse_corruption("noise=0.2"), parse_corruption("blur")
    (('noise', 0.2), ('blur', 1.0))
    """
    name, equals, size = text.partition("=")
    if name not in CORRUPTIONS:
        raise ConfigError(f"{text!r}: no such corruption; expected {', '.join(CORRUPTIONS)}, each "
                          f"with =SIZE where wanted")  # fmt: skip
    if not equals:
        return name, CORRUPTIONS[name][1]
    try:
        value = float(size)
    except ValueError:
        value = float("nan")
    if not 0 <= value < 1e6:
        raise ConfigError(f"{text!r}: expected a size from 0 on, as in {name}=0.2")
    return name, value


def robustness(
    case: Case, batches: Any, clean: Predictions, wanted: Sequence[tuple[str, float]],
    level: float, num_samples: int, seed: int,
) -> tuple[Robust, ...]:  # fmt: skip
    """Return what each corruption costs, p-values corrected by Holm over all of them."""
    rows = []
    for name, size in wanted:
        is_step = name == GRADIENT_SIGN
        change = gradient_sign(case, size) if is_step else corrupted(name, size, seed)
        worse = predict(case, batches, f"{name}={size:g}", change, keep_inputs=False)
        found = against(clean, [worse], level, num_samples, seed)[0].rows[0]
        rows.append((f"{name}={size:g}", found))
    corrected = holm([row.p for _, row in rows])
    return tuple(
        Robust(name, r.name, r.ours, r.theirs, r.difference, r.low, r.high, p)
        for (name, r), p in zip(rows, corrected, strict=True)
    )


def corrupted(name: str, size: float, seed: int) -> Callable[[nn.Module, Any], Any]:
    """Return the function that corrupts the inputs of a batch, alike on every run."""
    make, _, of_floats = CORRUPTIONS[name]
    change, rng = make(size), torch.Generator().manual_seed(seed)

    def of_batch(_: nn.Module, batch: Any) -> Any:
        wanted = {id(t) for _, t in input_parts(batch) if t.is_floating_point() == of_floats}
        if not wanted:
            kind = "floating" if of_floats else "whole-number"
            raise ConfigError(f"corruption {name}: the batch has no {kind} inputs")
        return mapped(batch, lambda t: change(t, rng) if id(t) in wanted else t)

    return of_batch


def gradient_sign(case: Case, size: float) -> Callable[[nn.Module, Any], Any]:
    """Return the function that moves inputs by `size` standard deviations up the loss.

    One step along the sign of its gradient (Goodfellow et al. 2015, arXiv:1412.6572, section 4);
    stronger attacks exist, so that what withstands it is not thereby robust.
    """

    def of_batch(model: nn.Module, batch: Any) -> Any:
        found = [t for _, t in input_parts(batch) if t.is_floating_point()]
        if not found:
            raise ConfigError("gradient-sign: the batch has no floating inputs to move")
        moved = {id(t): t.detach().clone().requires_grad_() for t in found}
        with torch.enable_grad():
            inputs = mapped(batch, lambda t: moved.get(id(t), t))
            loss = case.loss_fn(model, inputs)
            slopes = torch.autograd.grad(loss, list(moved.values()), allow_unused=True)
        steps = dict(zip(moved, slopes, strict=True))

        def step(t: Any) -> Any:
            slope = steps.get(id(t))
            return t if slope is None else t + size * t.std() * slope.sign()

        return mapped(batch, step)

    return of_batch


def _normal(x: Tensor, rng: torch.Generator) -> Tensor:
    return torch.randn(x.shape, generator=rng).to(x)


def _uniform(x: Tensor, rng: torch.Generator) -> Tensor:
    return torch.rand(x.shape, generator=rng).to(x.device)
