"""The lander under Gymnasium's interface, bounds by rule of thumb."""

import gymnasium as gym
import numpy as np


class LanderEnv(gym.Env):
    """Height, velocity, fuel; one thrust in [-1, 1]."""

    def __init__(self, max_steps=60):
        self.max_steps = max_steps
        self.action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
        self.observation_space = gym.spaces.Box(
            np.array([0.0, -5.0, 0.0], np.float32), np.array([20.0, 5.0, 11.0], np.float32)
        )
        self.state, self.steps = np.zeros(3, np.float32), 0

    def reset(self, *, seed=None, options=None):
        """Draws a start."""
        super().reset(seed=seed)
        start = self.np_random.uniform([8.0, -1.0, 9.0], [12.0, 1.0, 11.0])
        self.state = start.astype(np.float32)
        self.steps = 0
        return self.state.copy(), {}

    def step(self, action):
        """One step."""
        wanted = 1.5 * (np.clip(action[0], -1.0, 1.0) + 1.0)
        thrust = min(wanted, self.state[2])
        gust = np.clip(self.np_random.normal(0.0, 0.05), -0.25, 0.25)
        self.state[2] -= thrust
        self.state[1] += 0.5 * (thrust - 1.0) + gust
        self.state[0] += self.state[1]
        self.steps += 1
        landed = bool(self.state[0] <= 0.0)
        reward = (10.0 if abs(self.state[1]) < 1.0 else -10.0) if landed else -0.1
        return self.state.copy(), float(reward), landed, self.steps >= self.max_steps, {}
