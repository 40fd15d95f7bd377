"""Weighted per-decision importance sampling in log space."""

import numpy as np


def weighted_per_decision(episodes, gamma):
    """An episode that is over stays in the denominator with its last weight and reward 0."""
    length = max(len(reward) for reward, _, _ in episodes)
    rewards = np.zeros((len(episodes), length))
    ratios = np.zeros((len(episodes), length))
    for i, (reward, new, old) in enumerate(episodes):
        rewards[i, : len(reward)] = reward
        ratios[i, : len(reward)] = np.asarray(new) - np.asarray(old)
    log_weights = ratios.cumsum(1)
    weights = np.exp(log_weights - log_weights.max(0))
    return float((gamma ** np.arange(length) * (weights * rewards).sum(0) / weights.sum(0)).sum())
