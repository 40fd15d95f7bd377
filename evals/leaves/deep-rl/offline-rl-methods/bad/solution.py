"""Weighted per-decision importance sampling over the episodes still alive at each step."""

import numpy as np


def weighted_per_decision(episodes, gamma):
    """Normalises by the weights of the episodes that have a step t."""
    total = 0.0
    log_weights = [np.cumsum(new - old) for _, new, old in episodes]
    for t in range(max(len(reward) for reward, _, _ in episodes)):
        alive = [i for i, (reward, _, _) in enumerate(episodes) if len(reward) > t]
        logs = np.array([log_weights[i][t] for i in alive])
        weights = np.exp(logs - logs.max())
        rewards = np.array([episodes[i][0][t] for i in alive])
        total += gamma**t * (weights * rewards).sum() / weights.sum()
    return float(total)
