"""Q-learning targets of macro actions of different lengths."""

import numpy as np


def macro_targets(rewards, lengths, q_next, allowed_next, terminated, truncated, gamma):
    """Discount per primitive step; bootstrap unless the task is over."""
    steps = np.arange(rewards.shape[1])
    run = steps[None, :] < lengths[:, None]
    returns = (np.where(run, rewards, 0.0) * gamma**steps).sum(1)
    best = np.where(allowed_next, q_next, -np.inf).max(1)
    return returns + np.where(terminated, 0.0, gamma**lengths * best)
