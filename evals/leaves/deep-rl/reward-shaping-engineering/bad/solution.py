"""Potential-based shaping, the formula at every step."""

import gymnasium as gym


class PotentialShaping(gym.Wrapper):
    """Adds gamma * potential after - potential before."""

    def __init__(self, env, potential, gamma):
        super().__init__(env)
        self.potential, self.gamma, self.before = potential, gamma, 0.0

    def reset(self, **kwargs):
        """Takes the potential of the first observation."""
        obs, info = self.env.reset(**kwargs)
        self.before = self.potential(obs)
        return obs, info

    def step(self, action):
        """Adds the difference."""
        obs, reward, terminated, truncated, info = self.env.step(action)
        after = self.potential(obs)
        info["task_reward"] = reward
        shaped = reward + self.gamma * after - self.before
        self.before = after
        return obs, shaped, terminated, truncated, info
