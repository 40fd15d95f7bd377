"""Potential-based shaping that leaves the optimal policies alone."""

import gymnasium as gym


class PotentialShaping(gym.Wrapper):
    """The potential of a terminal state is 0; a truncated one keeps its own."""

    def __init__(self, env, potential, gamma):
        super().__init__(env)
        self.potential, self.gamma, self.before = potential, gamma, 0.0

    def reset(self, *, seed=None, options=None):
        """Takes the potential of the first observation."""
        obs, info = self.env.reset(seed=seed, options=options)
        self.before = float(self.potential(obs))
        return obs, info

    def step(self, action):
        """Adds gamma * potential after - potential before."""
        obs, reward, terminated, truncated, info = self.env.step(action)
        after = 0.0 if terminated else float(self.potential(obs))
        shaped = float(reward) + self.gamma * after - self.before
        self.before = after
        return obs, shaped, terminated, truncated, {**info, "task_reward": reward}
