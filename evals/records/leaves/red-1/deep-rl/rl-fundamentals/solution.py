"""Q-learning targets for macro actions under a discount per primitive step."""

import numpy as np


def macro_targets(rewards, lengths, q_next, allowed_next, terminated, truncated, gamma):
    """Sum of gamma^i r_i over the steps really run, plus gamma^length times the best value among
    the macro actions allowed next. Only a true end (terminated) has no future; an episode that the
    time limit cut off (truncated) goes on in the primitive process, so it bootstraps."""
    rewards = np.asarray(rewards, dtype=float)
    q_next = np.asarray(q_next, dtype=float)
    lengths = np.asarray(lengths)
    allowed = np.asarray(allowed_next, dtype=bool)
    steps = np.arange(rewards.shape[1])
    run = steps < lengths[:, None]
    gained = (np.where(run, rewards, 0.0) * float(gamma) ** steps).sum(1)  # where: NaN * 0 is NaN
    goes_on = ~np.asarray(terminated, dtype=bool) & allowed.any(1)
    best = np.where(allowed, q_next, -np.inf).max(1)
    return gained + float(gamma) ** lengths * np.where(goes_on, best, 0.0)
