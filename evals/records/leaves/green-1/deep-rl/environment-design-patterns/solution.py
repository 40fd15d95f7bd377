"""A probe that lands on a line: lander.py for Gymnasium 1.x."""

import gymnasium as gym
import numpy as np

GUST = 0.25


class LanderEnv(gym.Env):
    """Observation: height, velocity, fuel. Action: [-1, 1] for a thrust of 0 to 3."""

    metadata = {"render_modes": []}

    def __init__(self, max_steps=60):
        self.max_steps = max_steps
        # Worst cases, for episodes of any length. Up: all 11 of fuel at once and every gust upwards
        # gives a velocity of 5.5 and a height of 85.75. Down: velocity falls by at most 0.5 + GUST
        # a step, and a fall from 85.75 ends at the first height <= 0, at a speed below 11.8, hence
        # at a height above -11.8.
        low = np.array([-13.0, -13.0, 0.0], np.float32)
        high = np.array([90.0, 6.0, 11.0], np.float32)
        self.observation_space = gym.spaces.Box(low, high, dtype=np.float32)
        self.action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
        self._running = False

    def _observation(self):
        return self._state.astype(np.float32)  # a fresh array each time: buffers keep it

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self._state = self.np_random.uniform([8.0, -1.0, 9.0], [12.0, 1.0, 11.0])
        self._steps = 0
        self._running = True
        return self._observation(), {}

    def step(self, action):
        if not self._running:
            raise gym.error.ResetNeeded("call reset() before the first step and after an end")
        wanted = 1.5 * (float(np.clip(np.asarray(action).item(), -1.0, 1.0)) + 1.0)
        height, velocity, fuel = (float(number) for number in self._state)
        thrust = min(wanted, fuel)
        gust = float(np.clip(self.np_random.normal(0.0, 0.05), -GUST, GUST))
        fuel -= thrust
        velocity += 0.5 * (thrust - 1.0) + gust
        height += velocity
        self._state = np.array([height, velocity, fuel])
        self._steps += 1
        terminated = height <= 0.0
        reward = -0.1
        if terminated:
            reward = 10.0 if abs(velocity) < 1.0 else -10.0
        # The limit is no part of the task: it truncates, so that the agent bootstraps.
        truncated = not terminated and self._steps >= self.max_steps
        self._running = not (terminated or truncated)
        return self._observation(), reward, terminated, truncated, {}
