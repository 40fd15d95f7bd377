"""Targets of macro actions against plain loops (Sutton, Precup, Singh 1999, section 3)."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
import warnings
import numpy as np
from solution import macro_targets

rng = np.random.default_rng(0)
n, k, a, gamma = 400, 6, 4, 0.9
rewards = rng.normal(size=(n, k))
lengths = rng.integers(1, k + 1, n)
q_next = rng.normal(size=(n, a)) - 3
terminated = rng.random(n) < 0.3
truncated = rng.random(n) < 0.3
allowed = rng.random((n, a)) < 0.5
allowed[np.arange(n), rng.integers(0, a, n)] = True
allowed[terminated] = False
for i in range(n):
    rewards[i, lengths[i] :] = np.nan if i % 2 else 1e3
expected = np.zeros(n)
for i in range(n):
    for j in range(lengths[i]):
        expected[i] += gamma**j * rewards[i, j]
    if not terminated[i]:
        best = max(q_next[i, j] for j in range(a) if allowed[i, j])
        expected[i] += gamma ** int(lengths[i]) * best
kept = rewards.copy(), q_next.copy()
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    got = np.asarray(macro_targets(rewards, lengths, q_next, allowed, terminated, truncated, gamma))
assert got.shape == (n,), f"shape {got.shape}"
assert np.isfinite(got).all(), f"{(~np.isfinite(got)).sum()} targets are not finite"
for name, rows in (
    ("terminated", terminated),
    ("truncated", truncated & ~terminated),
    ("running", ~truncated & ~terminated),
):
    off = np.abs(got - expected)[rows].max()
    assert off < 1e-9, f"targets of {name} rows are off by {off:.3g}"
assert np.array_equal(kept[0], rewards, equal_nan=True) and np.array_equal(
    kept[1], q_next
), "inputs were changed"
print("held")
"""


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
