"""The reward side of RND (Burda et al. 2018, arXiv:1810.12894)."""

import numpy as np


class IntrinsicReward:
    """Divides prediction errors by the running deviation of their discounted return.

    The return is summed forward in time per environment, over episode ends and from one rollout
    into the next, as the authors' code does. No mean is subtracted: the bonus stays positive.
    """

    def __init__(self, num_envs, gamma_int):
        self.gamma = float(gamma_int)
        self.carry = np.zeros(num_envs)  # discounted sum up to the last step seen
        self.count, self.mean, self.square = 0, 0.0, 0.0  # square: summed squared deviations

    def normalise(self, raw):
        """Raw errors (T, N) of the next rollout, divided by the deviation this one included."""
        raw = np.asarray(raw, dtype=np.float64)
        if raw.ndim != 2 or raw.shape[1] != len(self.carry):
            raise ValueError(f"expected (T, {len(self.carry)}), got {raw.shape}")
        if raw.size == 0:
            return raw.copy()
        returns, carry = np.empty_like(raw), self.carry
        for t, row in enumerate(raw):
            carry = self.gamma * carry + row
            returns[t] = carry
        self.carry = carry
        self._update(returns)
        std = np.sqrt(self.square / self.count)
        return raw / std if std > 0 else raw.copy()  # 0: nothing has varied yet

    def _update(self, batch):
        n, mean = batch.size, batch.mean()
        apart, count = mean - self.mean, self.count + n
        self.square += ((batch - mean) ** 2).sum() + apart**2 * self.count * n / count
        self.mean += apart * n / count
        self.count = count


def _gae(reward, value, last_value, going_on, gamma, lam):
    reward, value = np.asarray(reward, np.float64), np.asarray(value, np.float64)
    advantage = np.empty_like(reward)
    next_value = np.asarray(last_value, np.float64)
    ahead = np.zeros_like(next_value)
    for t in reversed(range(len(reward))):
        delta = reward[t] + gamma * going_on[t] * next_value - value[t]
        ahead = delta + gamma * lam * going_on[t] * ahead
        advantage[t] = ahead
        next_value = value[t]
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
    """Combined advantage (T, N): extrinsic stream episodic, intrinsic stream over episode ends."""
    going_on = 1.0 - np.asarray(terminated, np.float64)
    ext = _gae(ext_reward, ext_value, last_ext_value, going_on, gamma_ext, lam)
    never_ends = np.ones_like(going_on)
    intr = _gae(int_reward, int_value, last_int_value, never_ends, gamma_int, lam)
    return ext_coef * ext + int_coef * intr
