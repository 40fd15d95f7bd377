"""Scores without a winner's bonus; IQM and bootstrap by loops (Agarwal 2021, 2108.13264)."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
import numpy as np
from solution import iqm_interval, scores

rng = np.random.default_rng(0)
low, high = np.array([0.0, -100.0, 5.0]), np.array([10.0, 300.0, 6.0])
span = high - low
# All checkpoints are alike, so the best one's expectation is theirs: 0.5 of the span.
noise = rng.normal(size=(200, 3, 15, 10)) * span[None, :, None, None]
returns = (low + 0.5 * span)[None, :, None, None] + noise
got = np.asarray(scores(returns.copy(), low, high))
assert got.shape == (200, 3), f"scores have shape {got.shape}"
error = got.std() / np.sqrt(got.size)
assert (
    abs(got.mean() - 0.5) < 0.06
), f"where all checkpoints are worth 0.5, scores average {got.mean():.3f}"
# One checkpoint is clearly better: it is the one that is scored.
returns = low[None, :, None, None] + 0.05 * noise
place = rng.integers(0, 15, (200, 3))
for r in range(200):
    for k in range(3):
        returns[r, k, place[r, k]] += span[k] * (0.5 + k / 10)
got = np.asarray(scores(returns, low, high))
off = np.abs(got.mean(0) - [0.5, 0.6, 0.7]).max()
assert (
    off < 0.02
), f"where one checkpoint is clearly the best, scores are off by {off:.3f}: {got.mean(0)}"


def iqm(values):
    values = sorted(values)
    cut = int(len(values) * 0.25)
    kept = values[cut : len(values) - cut]
    return sum(kept) / len(kept)


# Tasks far apart: the interval is that of runs within tasks, and the IQM pools runs and tasks.
table = np.array([0.0, 0.2, 0.5, 0.9, 4.0, 9.0])[None] + rng.normal(size=(6, 6)) * 0.1
table[0, 2] = 30.0
point, lower, upper = iqm_interval(table)
want = iqm(table.ravel().tolist())
assert abs(point - want) < 1e-9, f"IQM {point:.4f}, by hand {want:.4f}"
draws = []
for _ in range(4000):
    draws.append(iqm([table[rng.integers(6), k] for k in range(6) for _ in range(6)]))
lo, hi = np.percentile(draws, [2.5, 97.5])
width = hi - lo
for name, a, b in (("lower", lower, lo), ("upper", upper, hi)):
    assert (
        abs(a - b) < 0.12 * width
    ), f"{name} end {a:.4f}, of a bootstrap within tasks {b:.4f} (width {width:.4f})"
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
