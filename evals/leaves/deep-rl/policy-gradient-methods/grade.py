"""GAE of rollouts of Gymnasium's default autoreset against episodes taken apart in plain loops."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r'''
import gymnasium as gym
import numpy as np
from solution import advantages


class Walk(gym.Env):
    """Ends by itself with chance .15, else by a time limit; observes a number."""

    observation_space = gym.spaces.Box(-1e9, 1e9, (1,), np.float64)
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.age, self.at = 0, self.np_random.normal()
        return np.array([self.at]), {}

    def step(self, action):
        self.age += 1
        self.at = self.np_random.normal()
        terminated = bool(self.np_random.random() < 0.15)
        return (
            np.array([self.at]),
            float(self.np_random.normal() + 1),
            terminated,
            self.age >= 5,
            {},
        )


gym.register("Walk-v0", entry_point=Walk)
n = 8
envs = gym.make_vec("Walk-v0", num_envs=n, vectorization_mode="sync")
obs, _ = envs.reset(seed=3)
value = lambda o: 2.0 * o[:, 0] - 0.5
gamma, lam, steps = 0.9, 0.8, 40
previous = np.zeros(n, bool)
wrong = 0
for _ in range(4):
    rows = []
    for _ in range(steps):
        after, r, term, trunc, _ = envs.step(np.zeros(n, int))
        rows.append((obs, np.zeros(n, int), r, value(obs), term, trunc))
        obs = after
    names = ("obs", "action", "reward", "value", "terminated", "truncated")
    rollout = {k: np.stack(c) for k, c in zip(names, zip(*rows))}
    rollout["last_value"] = value(obs)
    want, use = np.zeros((steps, n)), np.ones((steps, n), bool)
    for e in range(n):
        done_before = previous[e]
        for t in range(steps):
            use[t, e] = not done_before
            done_before = bool(rollout["terminated"][t, e] or rollout["truncated"][t, e])
        for t in range(steps):
            total, weight = 0.0, 1.0
            for s in range(t, steps):
                v_after = rollout["value"][s + 1, e] if s + 1 < steps else rollout["last_value"][e]
                delta = rollout["reward"][s, e] - rollout["value"][s, e]
                if not rollout["terminated"][s, e]:
                    delta += gamma * v_after
                total += weight * delta
                weight *= gamma * lam
                if rollout["terminated"][s, e] or rollout["truncated"][s, e]:
                    break
            want[t, e] = total
    given = {k: v.copy() for k, v in rollout.items()}
    got, target, train = advantages(rollout, gamma, lam, previous.copy())
    assert all(np.array_equal(given[k], rollout[k]) for k in given), "the rollout was changed"
    assert (
        np.asarray(train).shape == use.shape and np.asarray(train).dtype == bool
    ), "train is no bool array (steps, num_envs)"
    bad = int((train & ~use).sum())
    assert (
        not bad
    ), f"{bad} entries would be trained on in which the action was ignored: the reset steps"
    lost = int((use & ~train).sum())
    assert not lost, f"{lost} sound entries are left out"
    assert np.isfinite(got).all() and np.isfinite(target).all(), "not finite"
    off = np.abs(got - want)[use].max()
    assert off < 1e-9, f"advantages are off by {off:.3g}"
    off = np.abs(target - want - rollout["value"])[use].max()
    assert off < 1e-9, f"targets are off by {off:.3g}"
    previous = rollout["terminated"][-1] | rollout["truncated"][-1]
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
