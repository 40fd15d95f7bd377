"""The lander under Gymnasium's interface."""

import gymnasium as gym
import numpy as np


class LanderEnv(gym.Env):
    """Height, velocity, fuel; one thrust in [-1, 1]."""

    metadata = {"render_modes": []}  # noqa: RUF012

    def __init__(self, max_steps=60):
        self.max_steps = max_steps
        self.action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
        # A step adds at most 1 + 0.25 to the velocity and takes at most 0.5 + 0.25 from it.
        up, down = 1.0 + 1.25 * 200, 1.0 + 0.75 * 200
        high = np.array([12.0 + 200 * up, up, 11.0], np.float32) + 1.0
        low = np.array([-down, -down, 0.0], np.float32) - 1.0
        self.observation_space = gym.spaces.Box(low, high, dtype=np.float32)
        self.state, self.steps = np.zeros(3), 0

    def reset(self, *, seed=None, options=None):
        """Draws a start from the environment's own generator."""
        super().reset(seed=seed)
        self.state = self.np_random.uniform([8.0, -1.0, 9.0], [12.0, 1.0, 11.0])
        self.steps = 0
        return self.state.astype(np.float32), {}

    def step(self, action):
        """Landing ends the task; the clock only cuts it off."""
        wanted = 1.5 * (float(np.clip(action[0], -1.0, 1.0)) + 1.0)
        height, velocity, fuel = self.state
        thrust = min(wanted, fuel)
        gust = float(np.clip(self.np_random.normal(0.0, 0.05), -0.25, 0.25))
        velocity += 0.5 * (thrust - 1.0) + gust
        height += velocity
        self.state = np.array([height, velocity, fuel - thrust])
        self.steps += 1
        landed = bool(height <= 0.0)
        reward = (10.0 if abs(velocity) < 1.0 else -10.0) if landed else -0.1
        cut = self.steps >= self.max_steps and not landed
        return self.state.astype(np.float32), reward, landed, cut, {}
