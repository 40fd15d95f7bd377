"""A probe that lands on a line; Gymnasium's interface."""

import gymnasium as gym
import numpy as np


class LanderEnv(gym.Env):
    """Observation: height, velocity, fuel. Action in [-1, 1]: thrust 0 to 3.

    Bounds hold for any number of steps:
    - fuel: 0 to 11.
    - velocity, above: after k steps 1 + 11/2 - k/2 + k/4 <= 6.5.
    - height, above: 12 + sum over k = 1..26 of (6.5 - k/4) = 93.25; later velocities are negative.
    - velocity, below: it falls by 0.75 a step at most and the height before the last step is
      above 0. A fall to -V goes through sum_j (V - 0.75 j), j = 1..V/0.75, which is more than
      93.25 at V = 12.5.
    - height, below: above 0 before the last step, so > -12.5.
    """

    metadata = {"render_modes": []}

    def __init__(self, max_steps: int = 60):
        if max_steps < 1:
            raise ValueError("max_steps must be at least 1")
        self.max_steps = max_steps
        low, high = np.array([[-12.5, -12.5, 0.0], [93.25, 6.5, 11.0]], np.float32)
        self.observation_space = gym.spaces.Box(low, high, dtype=np.float32)
        self.action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
        self._state = None

    def _observation(self):
        space = self.observation_space  # the clip acts only if stepped on after a landing
        return np.clip(self._state, space.low, space.high).astype(np.float32)  # a fresh array

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self._state = self.np_random.uniform([8.0, -1.0, 9.0], [12.0, 1.0, 11.0])
        self._steps = 0
        return self._observation(), {}

    def step(self, action):
        if self._state is None:
            raise gym.error.ResetNeeded("call reset() before step()")
        wanted = float(np.asarray(action, np.float64).reshape(-1)[0])
        if np.isnan(wanted):
            raise ValueError("the action is NaN")
        height, velocity, fuel = self._state
        thrust = min(1.5 * (min(max(wanted, -1.0), 1.0) + 1.0), fuel)
        gust = np.clip(self.np_random.normal(0.0, 0.05), -0.25, 0.25)
        fuel -= thrust
        velocity += 0.5 * (thrust - 1.0) + gust
        height += velocity
        self._state = np.array([height, velocity, fuel])
        self._steps += 1
        landed = bool(height <= 0.0)
        reward = -0.1
        if landed:
            reward = 10.0 if abs(velocity) < 1.0 else -10.0
        truncated = not landed and self._steps >= self.max_steps  # no end: to be bootstrapped
        return self._observation(), reward, landed, truncated, {}
