import math
from statistics import median, median_low

import torch
from torch import nn

LEVEL = 31  # norms whose median is the level
RECENT = 5  # norms whose median tells that the level has changed
SPREAD = 100  # norms whose differences tell the noise
KEPT = SPREAD + 1
FLOOR = math.log(12)  # no jump below this factor is left out, however quiet the run
FLOOR_EARLY = math.log(20)  # while the noise is not known
DEVIATIONS = 3.2
NOT_FINITE_LIMIT = 10


class Guard:
    """Leaves out updates whose gradient is not finite, or far above what the run's own was.

    Everything is judged in the logarithm of the norm before clipping, so the norms' size does not
    matter. Norms left out are remembered too: a change that stays is accepted after three of them.
    """

    def __init__(self, model, optimizer, scheduler, max_norm=1.0):
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.max_norm = max_norm
        self.logs: list[float] = []  # of the last finite norms, made or left out
        self.not_finite = 0  # in a row
        self.made = self.left_out = 0

    def update(self, loss) -> bool:
        loss.backward()
        gradients = [p.grad for p in self._parameters() if p.grad is not None]
        norm = float(nn.utils.get_total_norm(gradients)) if gradients else 0.0
        if not math.isfinite(norm) or not bool(torch.isfinite(loss.detach()).all()):
            self._clear()
            self.left_out += 1
            self.not_finite += 1
            if self.not_finite >= NOT_FINITE_LIMIT:
                raise RuntimeError(f"{self.not_finite} updates in a row were not finite")
            return False
        self.not_finite = 0
        if norm > 0:  # a gradient of zeros does no harm and tells no level
            outlier = self._is_outlier(math.log(norm))
            self.logs = [*self.logs, math.log(norm)][-KEPT:]
            if outlier:
                self._clear()
                self.left_out += 1
                return False
        nn.utils.clip_grad_norm_(self._parameters(), self.max_norm)
        self.optimizer.step()
        if self.scheduler is not None:
            self.scheduler.step()
        self._clear()
        self.made += 1
        return True

    def _is_outlier(self, log: float) -> bool:
        logs = self.logs
        if not logs:
            return False
        limit = FLOOR_EARLY
        if len(logs) >= 16:
            # of differences: neither a slow drift nor a change of level counts as noise
            steps = [abs(b - a) for a, b in zip(logs, logs[1:])]
            limit = max(FLOOR, DEVIATIONS * 1.4826 * median(steps) / math.sqrt(2))
        level, recent = median_low(logs[-LEVEL:]), median_low(logs[-RECENT:])
        if recent > level + 0.6 * limit:  # most of the last ones are up there: the level moved
            level = recent
        return log > level + limit

    def _parameters(self):
        """The model's, and what else the optimizer holds."""
        held = (p for group in self.optimizer.param_groups for p in group["params"])
        return list({id(p): p for p in (*self.model.parameters(), *held)}.values())

    def _clear(self):
        for parameter in self._parameters():
            parameter.grad = None

    def state_dict(self):
        return {
            "logs": list(self.logs),
            "not_finite": self.not_finite,
            "made": self.made,
            "left_out": self.left_out,
        }

    def load_state_dict(self, state):
        self.logs = [float(log) for log in state["logs"]]
        self.not_finite = int(state["not_finite"])
        self.made, self.left_out = int(state["made"]), int(state["left_out"])
