"""One update of the weights: precision, unscaling, clipping, the optimizers' steps."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any


def autocast(precision: str, device: Any) -> AbstractContextManager[Any]:
    """Return the context in which the loss is computed."""
    import torch

    if precision == "fp32":
        return nullcontext()
    kind = torch.bfloat16 if precision == "bf16" else torch.float16
    return torch.autocast(device.type, kind)


def make_scaler(precision: str, device: Any) -> Any:
    """Return the gradient scaler that fp16 needs; None for the others."""
    import torch

    return torch.amp.GradScaler(device.type) if precision == "fp16" else None


def update(
    model: Any, optimizers: Sequence[Any], scaler: Any, clip_norm: float | None
) -> tuple[dict[str, Any], bool]:
    """Step on the gradients and return the norm before clipping, and whether a step was taken.

    With a scaler the gradients are unscaled before they are clipped, and where one is not finite
    no optimizer steps: the scale is lowered, and the schedule must wait.
    """
    if scaler is None:
        norm = _clipped(model, clip_norm)
        for optimizer in optimizers:
            optimizer.step()
        return norm, True
    for optimizer in optimizers:
        scaler.unscale_(optimizer)
    if finite := _all_finite(model):
        norm = _clipped(model, clip_norm)
        for optimizer in optimizers:
            scaler.step(optimizer)
    else:
        norm = {}
    scaler.update()
    return norm, finite


def _clipped(model: Any, clip_norm: float | None) -> dict[str, Any]:
    """Clip where a norm is given, and return the norm as it was before."""
    if clip_norm is None:
        return {}
    from torch.nn.utils import clip_grad_norm_

    norm = clip_grad_norm_(model.parameters(), clip_norm)
    return {"grad_norm": norm, "grad_clipped": norm > clip_norm}


def _all_finite(model: Any) -> bool:
    from torch.nn.utils import get_total_norm

    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    return bool(get_total_norm(gradients).isfinite())
