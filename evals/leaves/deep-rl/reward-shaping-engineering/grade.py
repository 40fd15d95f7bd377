"""Potential-based shaping by hand and by value iteration (Ng et al. 1999; Grzes 2017)."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r'''
import gymnasium as gym
import numpy as np
from solution import PotentialShaping


class Corridor(gym.Env):
    """States 0 to 4; 4 is the goal, action 2 jumps into a trap, state 5. One array is reused."""

    observation_space = gym.spaces.Box(0, 5, (1,), np.float32)
    action_space = gym.spaces.Discrete(3)

    def __init__(self):
        self.at = np.zeros(1, np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.at[0] = 0 if options is None else options
        return self.at, {}

    def step(self, action):
        self.at[0] = 5 if action == 2 else max(0, self.at[0] + (1 if action else -1))
        over = bool(self.at[0] >= 4)
        return self.at, float(self.at[0] == 4), over, False, {"x": 1}


PHI = {0: 1.5, 1: 2.5, 2: -3.0, 3: 4.0, 4: 7.0, 5: 90.0}
calls = []


def potential(obs):
    calls.append(1)
    return PHI[int(obs[0])]


gamma = 0.9
env = PotentialShaping(gym.wrappers.TimeLimit(Corridor(), 3), potential, gamma)
rng = np.random.default_rng(0)
for episode in range(200):
    calls.clear()
    start = int(rng.integers(0, 4))
    obs, _ = env.reset(options=start)
    total = plain = 0.0
    steps = 0
    while True:
        before, info_before = int(obs[0]), None
        obs, reward, terminated, truncated, info = env.step(int(rng.integers(0, 3)))
        total += gamma**steps * reward
        plain += gamma**steps * info["task_reward"]
        steps += 1
        here = 0.0 if terminated else PHI[int(obs[0])]
        want = info["task_reward"] + gamma * here - PHI[before]
        assert info["x"] == 1 and info["task_reward"] == float(int(obs[0]) == 4), "info"
        assert abs(reward - want) < 1e-6, (
            f"step {before} -> {int(obs[0])}, terminated {terminated}, truncated {truncated}:"
            f" reward {reward:.3f}, by hand {want:.3f}"
        )
        if terminated or truncated:
            break
    assert abs(total - (plain + gamma**steps * here - PHI[start])) < 1e-5
    assert (
        len(calls) <= steps + 1
    ), f"the heuristic was called {len(calls)} times for {steps + 1} observations"


def best(shaped):
    made = Corridor()
    made = PotentialShaping(made, potential, gamma) if shaped else made
    q = np.zeros((4, 3))
    for _ in range(200):
        for s in range(4):
            for a in range(3):
                made.reset(options=s)
                obs, r, over, _, _ = made.step(a)
                q[s, a] = r + (0 if over else gamma * q[int(obs[0])].max())
    return q.argmax(1).tolist()


assert best(True) == best(
    False
), f"the best actions are {best(True)} with shaping, {best(False)} without"
print("held")
'''


def grade(folder: Path) -> str | None:
    """None where the answer in `folder` passes, else one line saying why not."""
    if not (folder / "solution.py").is_file():
        return "solution.py is missing"
    try:
        done = run(["-c", CHECK], folder, 60)
    except TimeoutExpired:
        return "no answer within 60 s"
    if done.returncode == 0 and done.stdout.rstrip().endswith("held"):
        return None
    return (done.stderr.strip().splitlines() or ["it ended early"])[-1][:300]
