import numpy as np


def macro_targets(rewards, lengths, q_next, allowed_next, terminated, truncated, gamma):
    """Q-learning targets of macro actions (a semi-Markov process), discounted per primitive step.

    sum of gamma^i r_i over the steps really run, plus gamma^length times the best allowed value
    where the macro action stopped. Only a termination has no value after it: a time limit
    (`truncated`) cuts the episode, not the task, so it is bootstrapped like any other stop.
    """
    rewards = np.asarray(rewards, dtype=float)
    lengths = np.asarray(lengths)
    steps = np.arange(rewards.shape[1])
    # Select, do not multiply: stale cells may be NaN, and 0 * NaN is NaN.
    inside = np.where(steps < lengths[:, None], rewards, 0.0)
    earned = inside @ np.power(float(gamma), steps)

    allowed = np.asarray(allowed_next, dtype=bool)
    best = np.where(allowed, np.asarray(q_next, dtype=float), -np.inf).max(axis=1)
    goes_on = ~np.asarray(terminated, dtype=bool) & allowed.any(axis=1)
    return earned + np.power(float(gamma), lengths) * np.where(goes_on, best, 0.0)
