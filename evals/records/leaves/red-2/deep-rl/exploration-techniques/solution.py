"""The reward side of RND (Burda et al. 2018)."""

import numpy as np


class IntrinsicReward:
    """Divides prediction errors by the running standard deviation of their discounted returns."""

    def __init__(self, num_envs, gamma_int):
        self.gamma_int = gamma_int
        self.returns = np.zeros(num_envs, dtype=np.float64)  # run on over rollouts and games
        self.count, self.mean, self.m2 = 0, 0.0, 0.0

    def normalise(self, raw):
        raw = np.asarray(raw, dtype=np.float64)
        returns = np.empty_like(raw)
        for t, errors in enumerate(raw):  # forward in time, as the paper's code does it
            self.returns = self.gamma_int * self.returns + errors
            returns[t] = self.returns
        self._update(returns)
        std = np.sqrt(self.m2 / self.count) if self.count else 0.0
        # only scaled, never centred: the reward stays a non-negative error
        return raw / std if std > 0 else raw.copy()

    def _update(self, values):
        n = values.size
        if not n:
            return
        mean = values.mean()
        delta = mean - self.mean
        total = self.count + n
        self.m2 += ((values - mean) ** 2).sum() + delta**2 * self.count * n / total
        self.mean += delta * n / total
        self.count = total


def _gae(reward, value, last_value, alive, gamma, lam):
    reward, value = np.asarray(reward, np.float64), np.asarray(value, np.float64)
    advantage = np.zeros_like(value)
    next_value = np.asarray(last_value, np.float64)
    running = np.zeros_like(next_value)
    for t in reversed(range(len(value))):
        delta = reward[t] + gamma * next_value * alive[t] - value[t]
        running = delta + gamma * lam * alive[t] * running
        advantage[t] = running
        next_value = value[t]
    return advantage


def advantages(ext_reward, int_reward, ext_value, int_value, terminated, last_ext_value,
               last_int_value, gamma_ext, gamma_int, lam, ext_coef, int_coef):
    """The extrinsic stream ends with the game; the intrinsic one never does."""
    alive = 1.0 - np.asarray(terminated).astype(np.float64)
    ext = _gae(ext_reward, ext_value, last_ext_value, alive, gamma_ext, lam)
    int_ = _gae(int_reward, int_value, last_int_value, np.ones_like(alive), gamma_int, lam)
    return ext_coef * ext + int_coef * int_
