"""The reward side of RND."""

import numpy as np


class IntrinsicReward:
    """Divides by the running deviation of the discounted intrinsic returns, over all episodes."""

    def __init__(self, num_envs, gamma_int):
        self.gamma, self.returns = gamma_int, np.zeros(num_envs)
        self.count, self.mean, self.squares = 0, 0.0, 0.0

    def normalise(self, raw):
        """Joins the moments of this rollout to those before; no mean is taken off."""
        filtered = np.empty_like(raw, dtype=np.float64)
        for t, reward in enumerate(raw):
            self.returns = self.gamma * self.returns + reward
            filtered[t] = self.returns
        size, mean = filtered.size, filtered.mean()
        total, shift = self.count + size, mean - self.mean
        self.squares += ((filtered - mean) ** 2).sum() + shift**2 * self.count * size / total
        self.mean += shift * size / total
        self.count = total
        return raw / (np.sqrt(self.squares / self.count) + 1e-8)


def _gae(reward, value, last, goes_on, gamma, lam):
    advantage, running = np.zeros_like(value), 0.0
    after = np.concatenate([value[1:], last[None]])
    for t in reversed(range(len(value))):
        delta = reward[t] + gamma * after[t] * goes_on[t] - value[t]
        running = delta + gamma * lam * goes_on[t] * running
        advantage[t] = running
    return advantage


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
    """The extrinsic stream is episodic; the intrinsic one goes on through the end of a game."""
    always = np.ones_like(terminated)
    ext = _gae(ext_reward, ext_value, last_ext_value, ~terminated, gamma_ext, lam)
    own = _gae(int_reward, int_value, last_int_value, always, gamma_int, lam)
    return ext_coef * ext + int_coef * own
