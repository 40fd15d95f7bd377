"""The reward side of RND (Burda et al. 2018). Clipping of the game's own rewards is left to the environment."""

import numpy as np


class IntrinsicReward:
    """Raw prediction errors over the running deviation of their discounted returns.

    The return runs forward in time, over the ends of games and of rollouts; no mean is subtracted.
    """

    def __init__(self, num_envs, gamma_int):
        self.gamma = gamma_int
        self.returns = np.zeros(num_envs)  # carried on from rollout to rollout
        self.count, self.mean, self.square = 0, 0.0, 0.0

    def normalise(self, raw):
        raw = np.asarray(raw, dtype=np.float64)
        returns = np.empty_like(raw)
        for t, row in enumerate(raw):
            self.returns = self.gamma * self.returns + row
            returns[t] = self.returns
        self._update(returns)
        deviation = np.sqrt(self.square / self.count) if self.count else 0.0
        return raw / deviation if deviation > 0 else raw.copy()

    def _update(self, values):
        """Mean and sum of squared deviations, as if all values had come at once."""
        if not values.size:
            return
        count = self.count + values.size
        apart = values.mean() - self.mean
        self.square += values.var() * values.size + apart**2 * self.count * values.size / count
        self.mean += apart * values.size / count
        self.count = count


def _gae(reward, value, last_value, goes_on, gamma, lam):
    reward, value = np.asarray(reward, np.float64), np.asarray(value, np.float64)
    advantage = np.empty_like(value)
    after, running = np.asarray(last_value, np.float64), np.zeros(value.shape[1:])
    for t in reversed(range(len(value))):
        # where: whatever stands behind the end of a game, NaN too, has no part
        after = np.where(goes_on[t], after, 0.0)
        delta = reward[t] + gamma * after - value[t]
        running = delta + gamma * lam * np.where(goes_on[t], running, 0.0)
        advantage[t], after = running, value[t]
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
    """The game's stream is episodic; the intrinsic one goes on over the ends of games."""
    terminated = np.asarray(terminated).astype(bool)
    ext = _gae(ext_reward, ext_value, last_ext_value, ~terminated, gamma_ext, lam)
    always = np.ones_like(terminated)
    intrinsic = _gae(int_reward, int_value, last_int_value, always, gamma_int, lam)
    return ext_coef * ext + int_coef * intrinsic
