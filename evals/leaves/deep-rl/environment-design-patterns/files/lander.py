"""A probe that lands on a line; the old interface: step returns (obs, reward, done, info)."""

import numpy as np


class Lander:
    """Height, velocity, fuel. Thrust between 0 and 3 of the old action a in [0, 3]."""

    max_steps = 60

    def __init__(self):
        self.state = np.zeros(3)
        self.reset()

    def reset(self):
        np.random.seed(0)
        self.state[:] = np.random.uniform([8.0, -1.0, 9.0], [12.0, 1.0, 11.0])
        self.steps = 0
        return self.state

    def step(self, action):
        action[:] = np.clip(action, 0.0, 3.0)
        thrust = min(action[0], self.state[2])
        gust = np.random.normal(0.0, 0.05)
        self.state[2] -= thrust
        self.state[1] += 0.5 * (thrust - 1.0) + gust
        self.state[0] += self.state[1]
        self.steps += 1
        landed = self.state[0] <= 0.0
        reward = -0.1
        if landed:
            reward = 10.0 if abs(self.state[1]) < 1.0 else -10.0
        done = landed or self.steps >= self.max_steps
        return self.state, reward, done, {}
