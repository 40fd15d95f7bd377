"""Leaves out the updates of bad batches."""

import math
from statistics import median, median_low

import torch

NOT_FINITE_IN_A_ROW = 10
KEPT = 100  # norms remembered, for the noise
LEVEL, FAST = 25, 7  # norms whose median is the level; those that a lasting change must win
LEAST, MOST = math.log(12), math.log(27)  # a jump of less is never left out, one of more always


class Guard:
    """Backward, clip, step and schedule, unless the gradient is broken or far above its level.

    All is judged in logs of the norm before clipping, so no scale is set by hand. The level is
    the median of the last 25 norms, or of the last 7, this one included, if that is higher: a
    change that stays is taken for the new level at its fourth update, and up to three bad batches
    close together are still left out. Norms of updates left out count as seen, or the guard could
    never adapt. A jump must exceed 3 deviations of the run's own noise, within a factor of 12 to
    27. Nothing can be judged at the first update but whether it is finite.
    """

    def __init__(self, model, optimizer, scheduler, max_norm=1.0):
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.max_norm = max_norm
        self.seen = []  # logs of the last finite norms
        self.not_finite = 0  # in a row

    def update(self, loss) -> bool:
        loss.backward()
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        norm = torch.nn.utils.get_total_norm(gradients)
        finite = bool(norm.isfinite()) and bool(loss.detach().isfinite().all())
        good = finite and self._fits(norm.item())
        if good:
            torch.nn.utils.clip_grads_with_norm_(self.model.parameters(), self.max_norm, norm)
            self.optimizer.step()
            if self.scheduler is not None:
                self.scheduler.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.model.zero_grad(set_to_none=True)
        self.not_finite = 0 if finite else self.not_finite + 1
        if self.not_finite >= NOT_FINITE_IN_A_ROW:
            raise RuntimeError(f"{self.not_finite} updates in a row were not finite")
        return good

    def _fits(self, norm) -> bool:
        if norm <= 0:
            return True  # moves nothing, and says nothing of the level
        now, before = math.log(norm), self.seen
        self.seen = [*before, now][-KEPT:]
        if not before:
            return True
        level = max(median(before[-LEVEL:]), median_low(self.seen[-FAST:]))
        jump = MOST
        if len(before) >= 10:
            # from differences, which a slow drift leaves as they are
            steps = [abs(b - a) for a, b in zip(before, before[1:], strict=False)]
            noise = median(steps) / (0.6745 * math.sqrt(2))
            jump = min(max(3 * noise, LEAST), MOST)
        return now - level <= jump

    def state_dict(self):
        return {"seen": list(self.seen), "not_finite": self.not_finite}

    def load_state_dict(self, state):
        self.seen = [float(value) for value in state["seen"]]
        self.not_finite = int(state["not_finite"])
