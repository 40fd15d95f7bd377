"""Potential-based reward shaping (Ng, Harada and Russell 1999) as a Gymnasium wrapper."""

import math
from collections.abc import Callable
from typing import Any

import gymnasium as gym


class PotentialShaping(gym.Wrapper):
    """Adds gamma * potential(next observation) - potential(observation) to the reward.

    The potential of a terminal state counts as 0: otherwise ending an episode where the
    heuristic is high would pay. A truncated episode has not ended for the agent (it bootstraps
    from the last observation), so there the potential is that of the observation.
    """

    def __init__(self, env: gym.Env, potential: Callable[[Any], float], gamma: float) -> None:
        super().__init__(env)
        if not 0 <= gamma <= 1:
            raise ValueError("gamma must be between 0 and 1")
        self.potential = potential
        self.gamma = float(gamma)
        # The value, not the observation, whose array the environment may write to again.
        self._last: float | None = None

    def _evaluate(self, obs: Any) -> float:
        value = float(self.potential(obs))
        if not math.isfinite(value):
            gym.logger.warn("the potential is not finite; 0 is used instead")
            return 0.0
        return value

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        self._last = None
        obs, info = self.env.reset(seed=seed, options=options)
        self._last = self._evaluate(obs)
        return obs, info

    def step(self, action):
        obs, reward, terminated, truncated, info = self.env.step(action)
        if self._last is None:
            raise gym.error.ResetNeeded("step before reset")
        after = 0.0 if terminated else self._evaluate(obs)
        shaped = float(reward) + self.gamma * after - self._last
        self._last = after
        return obs, shaped, terminated, truncated, {**info, "task_reward": reward}
