"""Leaves out updates whose gradient is far larger than those before, or not finite."""

import math
import statistics

import torch

WINDOW = 25  # norms that make the level
SPREAD = 300  # deviations that make the noise
WARM = 10  # norms until the level can be trusted
SHIFT, RECENT = 4, 6  # so many too large out of so many: the level has changed
NON_FINITE = 10


class Guard:
    """`update` instead of backward, clip, step.

    Works on logarithms of norms, so that their size does not matter. The level is the running median (of all
    finite norms, those left out too: a single bad one does not move it, and a slow drift does), the noise the median
    deviation from it. A norm above the level by several times the noise, and never by less than 8 times,
    is left out; but where most of the last few were, that is how norms are now, and the level starts anew from them.
    """

    def __init__(self, model, optimizer, scheduler, max_norm=1.0):
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.max_norm = max_norm
        self.norms = []  # logarithms of the last finite norms
        self.deviations = []  # from the level at the time
        self.recent = []  # [logarithm, was it too large]
        self.non_finite = 0  # in a row

    def update(self, loss) -> bool:
        loss.backward()
        parameters = [p for p in self.model.parameters() if p.grad is not None]
        total = torch.nn.utils.get_total_norm([p.grad for p in parameters])
        norm = float(total)
        if not (math.isfinite(norm) and bool(torch.isfinite(loss.detach()).all())):
            self._clear()
            self.non_finite += 1
            if self.non_finite >= NON_FINITE:
                raise RuntimeError(f"{self.non_finite} updates in a row were not finite")
            return False
        self.non_finite = 0
        if norm > 0 and self._too_large(math.log(norm)):
            self._clear()
            return False
        torch.nn.utils.clip_grads_with_norm_(parameters, self.max_norm, total)
        self.optimizer.step()
        if self.scheduler is not None:
            self.scheduler.step()
        self._clear()
        return True

    def _clear(self):
        self.optimizer.zero_grad(set_to_none=True)
        self.model.zero_grad(set_to_none=True)

    def _limit(self):
        """How far above the level a logarithm may lie."""
        noise, tail = 0.0, 0.0
        if len(self.deviations) >= WARM:
            noise = 1.4826 * statistics.median(abs(d) for d in self.deviations)
            # In a run with a heavy tail, what comes up more than once in 200 is not bad.
            tail = sorted(self.deviations)[-1 - len(self.deviations) // 200]
        limit = max(math.log(8), min(3.5 * noise, math.log(25)), 2.7 * noise, min(tail, math.log(16)))
        if len(self.norms) < WARM:
            limit = max(limit, math.log(15))
        return limit

    def _too_large(self, value):
        outlier = False
        if self.norms:
            deviation = value - statistics.median(self.norms)
            outlier = deviation > self._limit()
            self.recent = [*self.recent, [value, outlier]][-RECENT:]
            large = [v for v, too in self.recent if too]
            if outlier and len(large) >= SHIFT:
                self.norms, self.recent, outlier = large[:-1], [], False
            else:
                self.deviations = [*self.deviations, deviation][-SPREAD:]
        self.norms = [*self.norms, value][-WINDOW:]
        return outlier

    def state_dict(self):
        return {
            "norms": list(self.norms),
            "deviations": list(self.deviations),
            "recent": [list(pair) for pair in self.recent],
            "non_finite": self.non_finite,
        }

    def load_state_dict(self, state):
        self.norms = list(state["norms"])
        self.deviations = list(state["deviations"])
        self.recent = [list(pair) for pair in state["recent"]]
        self.non_finite = state["non_finite"]
