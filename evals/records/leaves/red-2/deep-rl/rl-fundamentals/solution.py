import numpy as np


def macro_targets(rewards, lengths, q_next, allowed_next, terminated, truncated, gamma):
    """Q-learning targets (N,) of macro actions (an SMDP), discounted per primitive step.

    A time limit (`truncated`) is not an end of the task: the value of the state in which it struck
    still counts. Only `terminated` (also together with `truncated`) ends it.
    """
    rewards = np.asarray(rewards, dtype=float)
    lengths = np.asarray(lengths).astype(int)
    allowed = np.asarray(allowed_next, dtype=bool)
    terminated = np.asarray(terminated, dtype=bool)

    steps = np.arange(rewards.shape[1])
    ran = steps < lengths[:, None]
    # where, not a product: a stale cell may be NaN
    returns = np.where(ran, rewards, 0.0) @ (float(gamma) ** steps)

    best = np.where(allowed, np.asarray(q_next, dtype=float), -np.inf).max(axis=1, initial=-np.inf)
    goes_on = ~terminated & allowed.any(axis=1)
    return returns + float(gamma) ** lengths * np.where(goes_on, best, 0.0)
