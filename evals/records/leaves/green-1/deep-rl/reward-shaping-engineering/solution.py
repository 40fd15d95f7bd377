"""Potential-based reward shaping that leaves the optimal policy alone."""

import math

import gymnasium


class PotentialShaping(gymnasium.Wrapper):
    """Adds gamma * Phi(after) - Phi(before) to the reward.

    Phi is 0 where the episode has terminated, goal and trap alike, whatever the heuristic says
    of that state: nothing is bootstrapped there. At a truncation Phi(after) stays, as the agent
    bootstraps from that observation. `gamma` must be the agent's.
    """

    def __init__(self, env: gymnasium.Env, potential, gamma: float):
        super().__init__(env)
        self.potential = potential
        self.gamma = gamma
        self._before = None  # Phi of the present state; a number, as observations may be reused

    def reset(self, *, seed=None, options=None):
        obs, info = self.env.reset(seed=seed, options=options)
        self._before = self._phi(obs)
        return obs, info

    def step(self, action):
        obs, reward, terminated, truncated, info = self.env.step(action)
        after = 0.0 if terminated else self._phi(obs)
        shaped = float(reward) + self.gamma * after - self._before
        self._before = after
        return obs, shaped, terminated, truncated, {**info, "task_reward": reward}

    def _phi(self, obs) -> float:
        value = float(self.potential(obs))
        if not math.isfinite(value):
            raise ValueError(f"the potential must be finite, got {value}")
        return value
