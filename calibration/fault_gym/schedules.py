"""Schedules of the learning rate: factors of its peak, by the step and the length of the run."""

from __future__ import annotations

import math

from fault_gym.program import Schedule


def warm_up(share: float = 0.1, then: Schedule | None = None) -> Schedule:
    """Rise over a share of the run to what comes then, which is 1 by default."""

    def factor(step: int, total: int) -> float:
        after = 1.0 if then is None else then(step, total)
        return min(1.0, step / max(1, int(share * total))) * after

    return factor


def cosine(step: int, total: int) -> float:
    """Half a cosine down to zero."""
    return 0.5 * (1 + math.cos(math.pi * (step - 1) / total))


def linear(step: int, total: int) -> float:
    """A straight line down to zero."""
    return 1 - (step - 1) / total


def steps_down(step: int, total: int) -> float:
    """A tenth from half of the run on, a hundredth from four fifths on."""
    return 1.0 if step <= total * 0.5 else 0.1 if step <= total * 0.8 else 0.01


def restarts(step: int, total: int) -> float:
    """Four cosines, each from the top."""
    return cosine((step - 1) % max(total // 4, 1) + 1, max(total // 4, 1))
