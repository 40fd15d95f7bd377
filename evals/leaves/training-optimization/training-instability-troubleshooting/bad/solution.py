import math

import torch


class Guard:
    def __init__(self, model, optimizer, scheduler, max_norm=1.0, factor=5.0, warm=20):
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.max_norm, self.factor, self.warm = max_norm, factor, warm
        self.mean, self.seen, self.bad = None, 0, 0

    def update(self, loss):
        loss.backward()
        norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.max_norm))
        if not math.isfinite(norm):
            self.bad += 1
            self.optimizer.zero_grad()
            if self.bad >= 10:
                raise RuntimeError("too many non-finite updates")
            return False
        self.bad = 0
        if self.seen >= self.warm and norm > self.factor * self.mean:
            self.optimizer.zero_grad()
            return False
        self.mean = norm if self.mean is None else 0.98 * self.mean + 0.02 * norm
        self.seen += 1
        self.optimizer.step()
        self.scheduler.step()
        self.optimizer.zero_grad()
        return True

    def state_dict(self):
        return {"mean": self.mean, "seen": self.seen, "bad": self.bad}

    def load_state_dict(self, state):
        self.mean, self.seen, self.bad = state["mean"], state["seen"], state["bad"]
