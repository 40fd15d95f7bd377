"""How the rollouts are recorded."""

import gymnasium as gym
import numpy as np


def collect(envs: gym.vector.VectorEnv, act, value, steps: int, obs: np.ndarray):
    """`steps` steps of all envs from `obs`; arrays (steps, num_envs), and where to go on."""
    rows = []
    for _ in range(steps):
        action = act(obs)
        after, reward, terminated, truncated, _ = envs.step(action)
        rows.append((obs, action, reward, value(obs), terminated, truncated))
        obs = after
    names = ("obs", "action", "reward", "value", "terminated", "truncated")
    rollout = {
        name: np.stack(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }
    rollout["last_value"] = value(obs)
    return rollout, obs
