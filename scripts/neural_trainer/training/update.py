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
    model: Any,
    optimizers: Sequence[Any],
    scaler: Any,
    clip_norm: float | None,
    skip_nonfinite: bool = True,
) -> tuple[dict[str, Any], Any]:
    """Step on the gradients; return the norm before clipping, and whether the step was left out.

    It is where a gradient is not finite, always under a scaler. Fused optimizers leave it out on
    their device, and what is returned is a tensor there: nothing waits for it. The host, whose
    numbers are there at once, looks for itself.
    """
    from torch.nn.utils import clip_grads_with_norm_

    parameters = list(model.parameters())  # a walk through the modules
    if scaler is not None:
        for optimizer in optimizers:
            scaler.unscale_(optimizer)
    norm: Any = None
    skipped: Any = False
    if clip_norm is not None or skip_nonfinite or scaler is not None:
        norm = _total_norm(parameters)
    if norm is not None and (skip_nonfinite or scaler is not None):
        skipped = ~_whole(norm).isfinite()
        if scaler is not None or is_on_host(skipped) or not all(map(_skips_itself, optimizers)):
            skipped = bool(skipped)
    if skipped is not True:
        if clip_norm is not None:
            clip_grads_with_norm_(parameters, clip_norm, norm)
        for optimizer in optimizers:
            _step(optimizer, scaler, skipped)
    if scaler is not None:
        scaler.update()
    if clip_norm is None or (scaler is not None and skipped):
        return {}, skipped
    return {"grad_norm": _whole(norm), "grad_clipped": _whole(norm) > clip_norm}, skipped


def is_on_host(tensor: Any) -> bool:
    """Return whether reading a tensor waits for no device."""
    return bool(tensor.is_cpu)


def _total_norm(parameters: Sequence[Any]) -> Any:
    from torch.nn.utils import get_total_norm

    return get_total_norm([p.grad for p in parameters if p.grad is not None])


def _whole(norm: Any) -> Any:
    """Return the norm over all shards of the gradients."""
    return norm.full_tensor() if hasattr(norm, "full_tensor") else norm


def _skips_itself(optimizer: Any) -> bool:
    """Return whether it heeds `found_inf`: torch's protocol between fused optimizers and scaler."""
    return bool(getattr(optimizer, "_step_supports_amp_scaling", False))


def _step(optimizer: Any, scaler: Any, skipped: Any) -> None:
    if scaler is not None:
        scaler.step(optimizer)
    elif skipped is False:
        optimizer.step()
    else:
        optimizer.found_inf = skipped.float()
        try:
            optimizer.step()
        finally:
            del optimizer.found_inf
