"""The reward side of Random Network Distillation (Burda et al. 2018)."""

import numpy as np


class IntrinsicReward:
    """Divides prediction errors by the running deviation of their discounted sums; no mean is taken off.

    The sums run forward through time, one an environment, over rollouts and over ends of games alike:
    the intrinsic stream is not episodic.
    """

    def __init__(self, num_envs, gamma_int):
        self.gamma = float(gamma_int)
        self.sums = np.zeros(num_envs)
        self.count, self.mean, self.squares = 0, 0.0, 0.0

    def normalise(self, raw):
        raw = np.asarray(raw, dtype=np.float64)
        returns = np.empty_like(raw)
        for t, errors in enumerate(raw):
            self.sums = self.gamma * self.sums + errors
            returns[t] = self.sums
        if returns.size:
            # Merge this rollout's moments into those of all before (Chan et al.).
            count, mean = returns.size, returns.mean()
            squares = ((returns - mean) ** 2).sum()
            total, gap = self.count + count, mean - self.mean
            self.squares += squares + gap**2 * self.count * count / total
            self.mean += gap * count / total
            self.count = total
        deviation = np.sqrt(self.squares / max(self.count, 1))
        if not deviation > 1e-12 * abs(self.mean):  # nothing varies yet: there is no scale
            return raw.copy()
        return raw / deviation


def _gae(reward, value, last_value, going_on, gamma, lam):
    following = np.concatenate([value[1:], last_value[None]])
    delta = reward + gamma * going_on * following - value
    advantage, carry = np.empty_like(delta), np.zeros_like(last_value)
    for t in range(len(delta) - 1, -1, -1):
        carry = delta[t] + gamma * lam * going_on[t] * carry
        advantage[t] = carry
    return advantage


def advantages(ext_reward, int_reward, ext_value, int_value, terminated, last_ext_value, last_int_value,
               gamma_ext, gamma_int, lam, ext_coef, int_coef):
    """Combined advantage (T, N): the extrinsic stream ends with the game, the intrinsic one goes on."""
    ext_reward, int_reward, ext_value, int_value, last_ext_value, last_int_value = (
        np.asarray(a, dtype=np.float64)
        for a in (ext_reward, int_reward, ext_value, int_value, last_ext_value, last_int_value)
    )
    going_on = 1.0 - np.asarray(terminated).astype(np.float64)
    extrinsic = _gae(ext_reward, ext_value, last_ext_value, going_on, gamma_ext, lam)
    intrinsic = _gae(int_reward, int_value, last_int_value, np.ones_like(going_on), gamma_int, lam)
    return ext_coef * extrinsic + int_coef * intrinsic
