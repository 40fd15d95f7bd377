"""Accumulate, unscale, clip, step, schedule, in one place."""

import math

import torch
from torch import Tensor


class Stepper:
    """Collects micro-batches into windows and updates the weights at the end of each."""

    def __init__(self, model, optimizer, scheduler, scaler, accumulate: int, max_norm: float) -> None:
        if accumulate < 1:
            raise ValueError("accumulate must be at least 1")
        self.model = model
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.scaler = scaler
        self.accumulate = accumulate
        self.max_norm = max_norm
        self._count = 0  # micro-batches in the open window

    def add(self, loss: Tensor, last: bool = False) -> float | None:
        """Add the mean loss of one micro-batch. At a window's end: the norm before clipping, nan if nothing was updated."""
        if self._count == 0:
            self._clear()
        self.scaler.scale(loss).backward()
        self._count += 1
        if self._count < self.accumulate and not last:
            return None
        return self._finish()

    def _clear(self) -> None:
        self.model.zero_grad(set_to_none=True)
        self.optimizer.zero_grad(set_to_none=True)

    @torch.no_grad()
    def _finish(self) -> float:
        count, self._count = self._count, 0
        self.scaler.unscale_(self.optimizer)
        grads = [p.grad for group in self.optimizer.param_groups for p in group["params"] if p.grad is not None]
        # In float64 the norm is finite exactly if every gradient is; a disabled scaler does not look for that.
        norms = [float(torch.linalg.vector_norm(grad, dtype=torch.float64)) for grad in grads]
        # The gradients are sums; only now is it known over how many micro-batches.
        norm = math.hypot(*norms) / count
        updated = math.isfinite(norm)
        if updated:
            factor = 1.0 / count
            if self.max_norm is not None and norm > self.max_norm:
                factor *= self.max_norm / norm
            for grad in grads:
                grad.mul_(factor)
            with torch.enable_grad():
                self.scaler.step(self.optimizer)
        self.scaler.update()  # after a skip too: unscale_ has told it of the overflow
        if updated and self.scheduler is not None:
            self.scheduler.step()
        self._clear()
        return norm if updated else math.nan
