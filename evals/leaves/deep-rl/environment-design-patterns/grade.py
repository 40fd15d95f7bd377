"""A ported environment: Gymnasium's checker, seeds, arrays, ends, bounds, dynamics by hand."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r'''
import warnings
import numpy as np
import gymnasium as gym
from gymnasium.utils.env_checker import check_env
from solution import LanderEnv

with warnings.catch_warnings():
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", message=".*(spec|render).*")
    check_env(LanderEnv(), skip_render_check=True)
env = LanderEnv()
assert env.action_space == gym.spaces.Box(
    -1.0, 1.0, (1,), np.float32
), f"action space {env.action_space}"
assert env.observation_space.shape == (3,) and env.observation_space.dtype == np.float32
assert (
    np.isfinite(env.observation_space.low).all() and np.isfinite(env.observation_space.high).all()
), "bounds are not finite"

state = np.random.get_state()[1].copy()


def play(made, seed, actions):
    rows = [made.reset(seed=seed)[0]]
    for a in actions:
        obs, r, term, trunc, _ = made.step(np.array([a], np.float32))
        rows.append(obs)
        if term or trunc:
            break
    return rows


acts = np.linspace(-1, 1, 60)
one, two = play(LanderEnv(), 5, acts), play(LanderEnv(), 5, acts)
assert len(one) == len(two) and all(
    np.array_equal(a, b) for a, b in zip(one, two)
), "one seed gives two episodes"
assert not np.array_equal(one[0], play(LanderEnv(), 6, acts)[0]), "two seeds give one start"
assert np.array_equal(np.random.get_state()[1], state), "numpy's global generator is used"
assert not np.shares_memory(one[0], one[1]) and not np.array_equal(
    one[0], one[1]
), "an observation is changed after it was given"
env.reset(seed=5)
starts = [tuple(env.reset()[0]) for _ in range(3)]
assert len(set(starts)) == 3, "reset without a seed starts the same episode again"
env.reset(seed=5)
again = [tuple(env.reset()[0]) for _ in range(3)]
assert starts == again, "the episodes after a seeded one do not follow from the seed"

action = np.array([7.0], np.float32)
env.step(action)
assert action[0] == 7.0, "the action given is changed"

# Dynamics: with the gust taken out of two successive observations.
rng = np.random.default_rng(1)
seen = set()
for seed in range(300):
    limit = int(rng.integers(3, 61))
    env = LanderEnv(max_steps=limit)
    obs, _ = env.reset(seed=seed)
    assert (obs >= [7.999, -1.001, 8.999]).all() and (
        obs <= [12.001, 1.001, 11.001]
    ).all(), f"start {obs}"
    bias = rng.uniform(-1.5, 1.5)
    for step in range(1, limit + 1):
        a = np.float32(bias + rng.normal() * 0.5)
        before = obs.astype(np.float64)
        obs, reward, term, trunc, _ = env.step(np.array([a], np.float32))
        assert (
            obs.dtype == np.float32 and obs in env.observation_space
        ), f"{obs} is outside of the observation space"
        thrust = min(max(0.0, min(3.0, 1.5 * (float(a) + 1))), before[2])
        assert (
            abs(obs[2] - (before[2] - thrust)) < 1e-4
        ), f"fuel {before[2]:.3f} -> {obs[2]:.3f} at action {a:.3f}"
        gust = obs[1] - before[1] - 0.5 * (thrust - 1.0)
        assert (
            abs(gust) < 0.2501
        ), f"velocity {before[1]:.3f} -> {obs[1]:.3f} at thrust {thrust:.3f}"
        landed = obs[0] <= 0
        want = (10.0 if abs(obs[1]) < 1 else -10.0) if landed else -0.1
        assert abs(reward - want) < 1e-6, f"reward {reward}, by hand {want}"
        assert bool(term) == bool(landed), f"terminated is {term} where landed is {landed}"
        if not landed:
            assert bool(trunc) == (step >= limit), f"truncated is {trunc} at step {step} of {limit}"
        seen.add((bool(term), bool(trunc)))
        if term or trunc:
            break
    assert term or trunc
assert (True, False) in seen and (False, True) in seen


class Gusts:
    """Draws all at one end: what may happen, not what does often."""

    def __init__(self, sign):
        self.sign = sign

    def uniform(self, low=0.0, high=1.0, size=None):
        return np.asarray(high if self.sign > 0 else low, float) + np.zeros(
            size if size else np.shape(low)
        )

    def normal(self, loc=0.0, scale=1.0, size=None):
        return loc + 9.0 * self.sign * scale + (np.zeros(size) if size else 0.0)

    def standard_normal(self, size=None, dtype=None):
        return self.normal(0.0, 1.0, size)

    def random(self, size=None, dtype=None):
        return self.uniform(0.0, 1.0, size)


# The highest flight: full draws upwards, fuel burnt early; the deepest fall: none.
for sign, a in ((1, 1.0), (1, -1.0), (1, -0.3), (-1, 1.0), (-1, -1.0), (-1, -0.3)):
    env = LanderEnv(max_steps=200)
    env.reset(seed=0)
    env.np_random = Gusts(sign)
    obs, _ = env.reset()
    for step in range(200):
        obs, _, term, trunc, _ = env.step(np.array([a], np.float32))
        assert (
            obs in env.observation_space
        ), f"{obs} is outside of the observation space at step {step + 1}"
        if term or trunc:
            break
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
