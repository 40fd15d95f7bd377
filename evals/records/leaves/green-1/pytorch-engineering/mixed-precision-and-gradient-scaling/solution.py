import math

import torch


class Stepper:
    """Accumulate, unscale, average, clip, step, schedule: one update a window."""

    def __init__(self, model, optimizer, scheduler, scaler, accumulate, max_norm):
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.scaler, self.accumulate, self.max_norm = scaler, accumulate, max_norm
        self._count = 0

    def add(self, loss, last=False):
        """None inside a window; at its end the norm before clipping, nan if nothing was updated."""
        self.scaler.scale(loss).backward()
        self._count += 1
        if self._count < self.accumulate and not last:
            return None
        count, self._count = self._count, 0
        self.scaler.unscale_(self.optimizer)
        grads = [
            p.grad for group in self.optimizer.param_groups for p in group["params"] if p.grad is not None
        ]
        # Sums so far; how many micro-batches there are is known only now. The norm is taken in
        # float64, where it is finite exactly if all gradients are.
        norms = [torch.linalg.vector_norm(g, dtype=torch.float64) for g in grads]
        norm = float(torch.linalg.vector_norm(torch.stack(norms))) / count
        updated = math.isfinite(norm)
        if updated:
            clip = self.max_norm / norm if norm > self.max_norm else 1.0
            for grad in grads:
                grad.mul_(clip / count)
            self.scaler.step(self.optimizer)
            self.scheduler.step()
        # Otherwise no step, with bf16 neither, where the scaler is off and would let it through.
        # unscale_ has told the scaler what it saw, so the scale falls or grows as ever.
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        self.model.zero_grad(set_to_none=True)
        return norm if updated else math.nan
