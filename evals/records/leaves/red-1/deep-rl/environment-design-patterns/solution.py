"""A probe that lands on a line, for Gymnasium 1.x."""

import gymnasium
import numpy as np
from gymnasium import spaces


class LanderEnv(gymnasium.Env):
    """Observation: height, velocity, fuel. Action in [-1, 1], mapped to thrust 0 to 3."""

    metadata = {"render_modes": []}

    def __init__(self, max_steps: int = 60):
        if max_steps < 1:
            raise ValueError("max_steps must be at least 1")
        self.max_steps = max_steps
        self.render_mode = None
        self.action_space = spaces.Box(-1.0, 1.0, shape=(1,), dtype=np.float32)
        # Bounds of the worst case, for any max_steps. All fuel (11) burnt at once under gusts of +0.25 from height 12 and velocity 1:
        # velocity at most 5.5, then 0.25 less a step, which peaks below height 86. From there a fall under gusts of -0.25 (0.75
        # a step) passes height 0, which ends the episode, at a velocity above -12.5, hence at a height above -12.5.
        self.observation_space = spaces.Box(
            np.array([-16.0, -16.0, 0.0], dtype=np.float32), np.array([100.0, 7.0, 11.0], dtype=np.float32), dtype=np.float32
        )
        self._state = np.zeros(3)
        self._steps = 0
        self._running = False

    def _observation(self):
        return self._state.astype(np.float32)  # a new array each time

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self._state = self.np_random.uniform([8.0, -1.0, 9.0], [12.0, 1.0, 11.0])
        self._steps = 0
        self._running = True
        return self._observation(), {}

    def step(self, action):
        if not self._running:
            raise gymnasium.error.ResetNeeded("the episode is over: call reset() first")
        value = float(np.asarray(action, dtype=np.float64).reshape(-1)[0])
        if np.isnan(value):
            raise ValueError("the action is nan")
        height, velocity, fuel = self._state
        thrust = min((min(max(value, -1.0), 1.0) + 1.0) * 1.5, fuel)
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
        # The clock is no part of the task: it truncates, so that the learner goes on bootstrapping there.
        truncated = not landed and self._steps >= self.max_steps
        self._running = not (landed or truncated)
        return self._observation(), reward, landed, truncated, {}
