"""Bias and coverage over simulated sweeps in which the true accuracies are known."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

HIDDEN = """
import numpy as np
from scipy.stats import norm
from solution import report

def sweep(rng, true, n):
    '''Items are hard or easy for all, so that configurations are right on the same ones.'''
    hard = rng.standard_normal(n)
    own = rng.standard_normal((len(true), n))
    score = np.sqrt(0.4) * hard + np.sqrt(0.6) * own
    return (score < norm.ppf(true)[:, None]).astype(int)

SWEEPS = {
    "all equally good": (lambda r: np.full(100, 0.70), 300),
    "about equally good": (lambda r: 0.70 + 0.01 * r.standard_normal(60), 300),
    "very different": (lambda r: r.uniform(0.4, 0.8, 40), 400),
    "one stands out": (lambda r: np.r_[np.full(49, 0.70), 0.85], 300),
    "few items": (lambda r: np.full(30, 0.6), 120),
}
for seed, (name, (draw, n)) in enumerate(SWEEPS.items()):
    rng = np.random.default_rng(seed)
    off, held, width = [], [], []
    for _ in range(80):
        true = draw(rng)
        correct = sweep(rng, true, n)
        index, estimate, low, high = report(correct.copy())
        means = correct.mean(1)
        assert means[int(index)] == means.max(), f"{name}: not the highest mean was taken"
        assert low <= estimate <= high, f"{name}: the estimate is outside of its interval"
        off.append(estimate - true[int(index)])
        held.append(low <= true[int(index)] <= high)
        width.append((high - low) / (2 * 1.645 * np.sqrt(estimate * (1 - estimate) / n)))
    # A mean over 80 sweeps of items has itself an error: a fifth of a sweep's, at most.
    slack = 0.01 + 2 * np.std(off) / np.sqrt(len(off))
    assert abs(np.mean(off)) < slack, f"{name}: the estimate is off by {np.mean(off):+.3f}"
    assert np.mean(held) >= 0.8, f"{name}: the interval holds {np.mean(held):.0%}"
    assert np.mean(width) < 2.0, f"{name}: the interval is {np.mean(width):.1f} times too wide"
"""


def grade(folder: Path) -> str | None:
    """None where the answer in the folder passes, else why not."""
    if not (folder / "solution.py").is_file():
        return "solution.py is missing"
    try:
        done = run(["-c", HIDDEN], folder, 180)  # 400 calls
    except TimeoutExpired:
        return "400 reports take more than three minutes"
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it failed in silence"])[-1]
    return None
