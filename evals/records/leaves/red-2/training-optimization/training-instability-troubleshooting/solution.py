import math
from collections import deque
from statistics import median

import torch


class Guard:
    """Leaves out updates whose gradient norm is not finite or far above what it lately was.

    All in logarithms, so that norms may be of any size. The reference is the median of the last
    norms that were accepted; the bound above it grows with their noise, from 10 times in a quiet
    run to 20 times, and on to three standard deviations in a very noisy one. If most of the last
    norms were too large, that is no bad batch but the new normal, and the reference starts anew.
    """

    LEVEL = 31  # accepted norms that the reference is the median of
    NOISE = 200  # deviations from it that the noise is measured on
    RECENT, MANY = 8, 5  # so many too large ones of the last ones are a change that stays
    LOW, HIGH = math.log(10), math.log(20)
    PRIOR_NOISE, PRIOR_WEIGHT = 0.6, 8  # until there are data
    MAX_BAD = 10  # not finite, in a row

    def __init__(self, model, optimizer, scheduler, max_norm=1.0):
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.max_norm = max_norm
        self._level = deque(maxlen=self.LEVEL)
        self._noise = deque(maxlen=self.NOISE)
        self._recent = deque(maxlen=self.RECENT)  # (log norm, was too large)
        self._bad = 0

    def update(self, loss) -> bool:
        """Does what backward, clip and step would; True where an update was made."""
        loss.backward()
        gradients = [p.grad for p in self._parameters() if p.grad is not None]
        norm = self._norm(gradients)
        finite = math.isfinite(norm) and bool(torch.isfinite(loss.detach()).all())
        if finite:
            self._bad = 0
        else:
            self._bad += 1
        made = finite and self._accept(norm)
        if made:
            if norm > self.max_norm:
                for gradient in gradients:
                    gradient.mul_(self.max_norm / (norm + 1e-6))
            self.optimizer.step()
            if self.scheduler is not None:
                self.scheduler.step()
        for parameter in self._parameters():
            parameter.grad = None
        if self._bad >= self.MAX_BAD:
            raise RuntimeError(f"{self._bad} updates in a row were not finite")
        return made

    def state_dict(self):
        return {
            "level": list(self._level),
            "noise": list(self._noise),
            "recent": [[value, large] for value, large in self._recent],
            "bad": self._bad,
        }

    def load_state_dict(self, state):
        self._level = deque(state["level"], maxlen=self.LEVEL)
        self._noise = deque(state["noise"], maxlen=self.NOISE)
        self._recent = deque(((v, large) for v, large in state["recent"]), maxlen=self.RECENT)
        self._bad = state["bad"]

    def _parameters(self):
        known = {id(p): p for p in self.model.parameters()}
        for group in self.optimizer.param_groups:
            known.update((id(p), p) for p in group["params"])
        return known.values()

    @staticmethod
    def _norm(gradients):
        if not gradients:
            return 0.0
        norms = [torch.linalg.vector_norm(g.detach(), dtype=torch.float32) for g in gradients]
        return torch.stack([n.to(norms[0].device) for n in norms]).double().norm().item()

    def _bound(self):
        n = len(self._noise)
        seen = 1.4826 * median(map(abs, self._noise)) if n else 0.0
        variance = self.PRIOR_WEIGHT * self.PRIOR_NOISE**2 + n * seen**2
        noise = math.sqrt(variance / (self.PRIOR_WEIGHT + n))
        return max(min(max(4.5 * noise, self.LOW), self.HIGH), 3 * noise)

    def _accept(self, norm):
        if norm == 0:  # harmless, and says nothing about the norms to come
            return True
        value = math.log(norm)
        if self._level:
            deviation = value - median(self._level)
            large = deviation > self._bound()
            self._recent.append((value, large))
            if large:
                larger = [v for v, was_large in self._recent if was_large]
                if len(larger) < self.MANY:
                    return False
                self._level.clear()
                self._level.extend(larger[:-1])  # its last one follows below
                self._recent.clear()
            else:
                self._noise.append(deviation)
        self._level.append(value)
        return True
