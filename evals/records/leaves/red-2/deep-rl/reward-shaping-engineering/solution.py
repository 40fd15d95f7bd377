"""Potential-based reward shaping (Ng, Harada and Russell 1999) that holds at episode ends."""

import math
import warnings

import gymnasium


class PotentialShaping(gymnasium.Wrapper):
    """Adds gamma * potential(next) - potential(now) to the reward.

    The potential of a terminal state counts as 0, else the agent could carry it off by ending the
    episode there. A truncated episode goes on in the agent's eyes, which bootstraps from the last
    observation: it keeps that observation's potential.
    """

    def __init__(self, env, potential, gamma):
        super().__init__(env)
        self.potential = potential
        self.gamma = gamma
        self._now = 0.0  # the value, not the observation: the env may write into its array

    def reset(self, *, seed=None, options=None):
        obs, info = self.env.reset(seed=seed, options=options)
        self._now = self._value(obs)
        return obs, info

    def step(self, action):
        obs, reward, terminated, truncated, info = self.env.step(action)
        after = 0.0 if terminated else self._value(obs)
        shaped = float(reward) + self.gamma * after - self._now
        self._now = after
        return obs, shaped, terminated, truncated, {**info, "task_reward": reward}

    def _value(self, obs) -> float:
        value = float(self.potential(obs))
        if not math.isfinite(value):  # any finite function of the state is safe; NaN is not
            warnings.warn(f"potential {value} counted as 0", stacklevel=3)
            return 0.0
        return value
