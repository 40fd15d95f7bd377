"""RND with rewards standardised by themselves and one mask for both streams."""

import numpy as np


class IntrinsicReward:
    """Running mean and variance of the rewards."""

    def __init__(self, num_envs, gamma_int):
        self.seen = []

    def normalise(self, raw):
        """Divides by the deviation of all rewards so far."""
        self.seen.append(raw)
        return raw / (np.concatenate(self.seen).std() + 1e-8)


def advantages(
    ext_reward,
    int_reward,
    ext_value,
    int_value,
    terminated,
    last_ext_value,
    last_int_value,
    gamma_ext,
    gamma_int,
    lam,
    ext_coef,
    int_coef,
):
    """Both streams stop at the end of a game."""
    total = np.zeros_like(ext_value)
    for reward, value, last, gamma, coef in (
        (ext_reward, ext_value, last_ext_value, gamma_ext, ext_coef),
        (int_reward, int_value, last_int_value, gamma_int, int_coef),
    ):
        running, after = np.zeros_like(last), last
        for t in reversed(range(len(value))):
            on = 1.0 - terminated[t]
            running = reward[t] + gamma * after * on - value[t] + gamma * lam * on * running
            after = value[t]
            total[t] += coef * running
    return total
