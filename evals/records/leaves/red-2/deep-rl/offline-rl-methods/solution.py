"""Off-policy value of a policy by weighted per-decision importance sampling."""

import numpy as np


def weighted_per_decision(episodes, gamma) -> float:
    """Expected discounted return under the new policy.

    At step t the mean reward is that of all episodes, weighted with the ratios up to t. Episodes
    that are over have reward 0 from then on and keep the weight that they ended with: leaving them
    out would give the mean of those that last, not that of all.
    """
    rewards, ratios = [], []
    for reward, new, old in episodes:
        rewards.append(np.asarray(reward, dtype=np.float64).reshape(-1))
        ratio = np.asarray(new, dtype=np.float64) - np.asarray(old, dtype=np.float64)
        ratios.append(np.clip(ratio.reshape(-1), -1e290, 1e290))
    if not rewards:
        raise ValueError("no episodes")
    order = sorted(range(len(rewards)), key=lambda i: -len(rewards[i]))
    lengths = np.array([len(rewards[i]) for i in order])
    starts = np.cumsum(lengths) - lengths
    flat_reward = np.concatenate([rewards[i] for i in order])
    flat_ratio = np.concatenate([ratios[i] for i in order])

    value, discount = 0.0, 1.0
    log_weight = np.zeros(len(order))  # of the longest episodes first: those that last are in front
    ended = -np.inf  # log of the summed weight of those that are over
    running = len(order)
    for t in range(lengths[0]):
        last = int(np.searchsorted(-lengths, -t, side="left"))  # lengths > t
        if last < running:
            ended = np.logaddexp(ended, np.logaddexp.reduce(log_weight[last:running]))
            running = last
        at = starts[:running] + t
        log_weight[:running] += flat_ratio[at]
        top = max(ended, log_weight[:running].max())
        weight = np.exp(log_weight[:running] - top)
        value += discount * (weight @ flat_reward[at]) / (weight.sum() + np.exp(ended - top))
        discount *= gamma
    return float(value)
