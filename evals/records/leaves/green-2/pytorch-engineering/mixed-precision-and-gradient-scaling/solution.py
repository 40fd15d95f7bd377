"""Accumulate, unscale, clip, step, schedule: one place for it."""

import math

import torch
from torch import Tensor


class Stepper:
    """`scaler`: a torch.amp.GradScaler, for bf16 one with enabled=False."""

    def __init__(self, model, optimizer, scheduler, scaler, accumulate: int, max_norm: float):
        if accumulate < 1:
            raise ValueError("accumulate must be at least 1")
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.scaler, self.accumulate, self.max_norm = scaler, accumulate, max_norm
        self._held = 0  # micro-batches in the window so far

    def add(self, loss: Tensor, last: bool = False) -> float | None:
        """None inside a window; at its end the norm before clipping, nan if nothing was updated."""
        if loss.dtype in (torch.float16, torch.bfloat16):
            loss = loss.float()  # dividing must not round
        # divided as for a full window, which keeps fp16's range as usual; a short one is mended
        # below, where its length is known
        self.scaler.scale(loss / self.accumulate).backward()
        self._held += 1
        if self._held < self.accumulate and not last:
            return None
        mend, self._held = self.accumulate / self._held, 0
        norm = self._update(mend)
        self.optimizer.zero_grad(set_to_none=True)
        self.model.zero_grad(set_to_none=True)  # also what the optimizer does not hold
        return norm

    def _update(self, mend: float) -> float:
        # of the optimizer's parameters: unscale_ knows no others
        params = [p for group in self.optimizer.param_groups for p in group["params"]]
        grads = [p.grad for p in params if p.grad is not None]
        if not grads:
            return math.nan
        self.scaler.unscale_(self.optimizer)
        # float64: squares of large finite gradients do not overflow, so that the norm is finite
        # exactly where all gradients are; a disabled scaler checks nothing
        norms = [torch.linalg.vector_norm(g, dtype=torch.float64) for g in grads]
        norm = mend * math.hypot(*torch.stack([n.cpu() for n in norms]).tolist())
        updated = math.isfinite(norm)
        if updated:
            factor = mend * (self.max_norm / norm if norm > self.max_norm else 1.0)
            if factor != 1.0:
                for grad in grads:
                    grad.mul_(factor)
            self.scaler.step(self.optimizer)
        self.scaler.update()  # skipped or not: the scale falls here, or counts towards growth
        if updated:
            self.scheduler.step()
        return norm if updated else math.nan
