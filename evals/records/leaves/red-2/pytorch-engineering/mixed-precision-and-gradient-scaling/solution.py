"""Accumulate, unscale, clip, step, schedule."""

import math

import torch
from torch import Tensor


class Stepper:
    """`add` once for each micro-batch; everything else happens at the end of a window."""

    def __init__(self, model, optimizer, scheduler, scaler, accumulate: int, max_norm: float):
        if accumulate < 1:
            raise ValueError("accumulate must be at least 1")
        self.model = model
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.scaler = scaler
        self.accumulate = accumulate
        self.max_norm = max_norm
        self.count = 0  # micro-batches in the window so far

    def add(self, loss: Tensor, last: bool = False) -> float | None:
        """None inside a window; at its end the norm before clipping, or nan if nothing was updated."""
        if self.count == 0:
            self._clear()
        self.scaler.scale(loss).backward()
        self.count += 1
        if self.count < self.accumulate and not last:
            return None
        count, self.count = self.count, 0
        norm = self._finish(count)
        self._clear()
        return norm

    def _clear(self) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        self.model.zero_grad(set_to_none=True)  # parameters that the optimizer does not have

    @torch.no_grad()
    def _finish(self, count: int) -> float:
        # The gradient is a sum: how many micro-batches the window has is known only now.
        self.scaler.unscale_(self.optimizer)
        # Only what the optimizer has: nothing else is unscaled, or updated.
        grads = [p.grad for group in self.optimizer.param_groups for p in group["params"] if p.grad is not None]
        norm = self._norm(grads) / count
        # A disabled scaler checks nothing, so the norm decides. It is taken in float64: it is finite exactly
        # if all entries are.
        updated = math.isfinite(norm)
        if updated:
            factor = min(1.0, self.max_norm / norm if norm > 0 else 1.0) / count
            if factor != 1.0:
                for grad in grads:
                    grad.mul_(factor)
            self.scaler.step(self.optimizer)
        self.scaler.update()  # unscale_ has noted what was not finite
        if updated and self.scheduler is not None:
            self.scheduler.step()
        return norm if updated else math.nan

    @staticmethod
    def _norm(grads: list[Tensor]) -> float:
        dense = [g.coalesce().values() if g.is_sparse else g for g in grads]
        norms = [torch.linalg.vector_norm(g, dtype=torch.float64) for g in dense]
        return float(torch.linalg.vector_norm(torch.stack([n.to(norms[0].device) for n in norms]))) if norms else 0.0
