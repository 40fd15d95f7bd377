"""Q-learning targets for macro actions that run a varying number of primitive steps."""

import numpy as np


def macro_targets(rewards, lengths, q_next, allowed_next, terminated, truncated, gamma):
    """sum of gamma^i r_i over the steps really run, plus gamma^length * max allowed q_next.

    A time limit (`truncated`) only cuts the macro action short: the state behind it still has its
    value. Only `terminated` (or a state in which nothing may start: the task is over) has none.
    """
    rewards = np.asarray(rewards, dtype=float)
    lengths = np.asarray(lengths)
    q_next = np.asarray(q_next, dtype=float)
    allowed = np.asarray(allowed_next, dtype=bool)
    terminated = np.asarray(terminated, dtype=bool)

    steps = np.arange(rewards.shape[1])
    ran = steps < lengths[:, None]
    # where, not a product: the cells behind may hold NaN
    gained = np.where(ran, rewards, 0.0) @ (float(gamma) ** steps)

    alive = ~terminated & allowed.any(axis=1)
    best = np.where(allowed, q_next, -np.inf).max(axis=1, initial=-np.inf)
    following = np.where(alive, best, 0.0)
    return gained + float(gamma) ** lengths * following
