import math
from collections import deque
from statistics import median

import torch


class Guard:
    """Leaves out an update whose log-norm is far above its own recent past, outliers included."""

    def __init__(self, model, optimizer, scheduler, max_norm=1.0, window=100, least=20):
        self.params = [p for p in model.parameters() if p.requires_grad]
        self.optimizer, self.scheduler, self.max_norm = optimizer, scheduler, max_norm
        self.least = least
        # All finite norms are kept, those left out too: a change that stays moves the median.
        self.past = deque(maxlen=window)
        self.skipped = 0
        self.not_finite = 0

    def _is_spike(self, log_norm):
        if len(self.past) < self.least or self.skipped >= 10:
            return False
        recent = list(self.past)[-50:]
        middle = median(recent)
        spread = 1.4826 * median(abs(x - middle) for x in recent)
        return log_norm > middle + max(6 * spread, math.log(5))

    def update(self, loss):
        loss.backward()
        grads = [p.grad for p in self.params if p.grad is not None]
        norm = float(torch.nn.utils.get_total_norm(grads)) if grads else 0.0
        if not (math.isfinite(norm) and math.isfinite(float(loss.detach()))):
            self.optimizer.zero_grad(set_to_none=True)
            self.not_finite += 1
            if self.not_finite >= 10:
                raise RuntimeError("ten updates in a row were not finite")
            return False
        self.not_finite = 0
        log_norm = math.log(max(norm, 1e-30))
        spike = self._is_spike(log_norm)
        self.past.append(log_norm)
        if spike:
            self.skipped += 1
            self.optimizer.zero_grad(set_to_none=True)
            return False
        self.skipped = 0
        torch.nn.utils.clip_grads_with_norm_(self.params, self.max_norm, torch.tensor(norm))
        self.optimizer.step()
        self.scheduler.step()
        self.optimizer.zero_grad(set_to_none=True)
        return True

    def state_dict(self):
        return {
            "past": list(self.past),
            "skipped": self.skipped,
            "not_finite": self.not_finite,
        }

    def load_state_dict(self, state):
        self.past.clear()
        self.past.extend(state["past"])
        self.skipped = state["skipped"]
        self.not_finite = state["not_finite"]
