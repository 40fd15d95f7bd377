"""A probe that lands on a line, for Gymnasium 1.x."""

import gymnasium
import numpy as np
from gymnasium import spaces


class LanderEnv(gymnasium.Env):
    """Height, velocity, fuel; action in [-1, 1] stands for a thrust of 0 to 3."""

    metadata = {"render_modes": []}

    # Bounds that hold however long an episode is, since fuel is at most 11 in all. Upwards: v0 <= 1, thrusts
    # 3, 3, 3, 2 and gusts of +0.25 give v <= 5.5, and with all gusts upwards the height peaks at 85.75.
    # Downwards: speed grows by at most 0.75 a step; a fall from 85.75 ends at a speed below 11.8, and the
    # last step starts above 0, so the height ends above -11.8.
    LOW = (-12.0, -12.0, 0.0)
    HIGH = (86.0, 6.0, 11.0)

    def __init__(self, max_steps: int = 60):
        if max_steps < 1:
            raise ValueError("max_steps must be at least 1")
        self.max_steps = max_steps
        self.render_mode = None
        self.action_space = spaces.Box(-1.0, 1.0, shape=(1,), dtype=np.float32)
        self.observation_space = spaces.Box(
            np.array(self.LOW, dtype=np.float32), np.array(self.HIGH, dtype=np.float32), dtype=np.float32
        )
        self.state = None
        self.steps = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.state = self.np_random.uniform([8.0, -1.0, 9.0], [12.0, 1.0, 11.0])
        self.steps = 0
        return self._observation(), {}

    def step(self, action):
        if self.state is None:
            raise gymnasium.error.ResetNeeded("call reset before step")
        command = float(np.asarray(action, dtype=np.float64).reshape(-1)[0])
        if np.isnan(command):
            raise ValueError("the action is nan")
        thrust = min(1.5 * (min(max(command, -1.0), 1.0) + 1.0), self.state[2])
        gust = np.clip(self.np_random.normal(0.0, 0.05), -0.25, 0.25)
        self.state[2] -= thrust
        self.state[1] += 0.5 * (thrust - 1.0) + gust
        self.state[0] += self.state[1]
        self.steps += 1
        terminated = bool(self.state[0] <= 0.0)
        reward = -0.1
        if terminated:
            reward = 10.0 if abs(self.state[1]) < 1.0 else -10.0
        # The time limit is no end of the task: truncation, so that SAC goes on bootstrapping.
        truncated = not terminated and self.steps >= self.max_steps
        return self._observation(), reward, terminated, truncated, {}

    def _observation(self):
        """A new array each time. The clip acts only if someone steps on after the end of an episode."""
        return np.clip(self.state, self.LOW, self.HIGH).astype(np.float32)
