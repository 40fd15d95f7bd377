"""Weighted per-decision importance sampling against the exact value of small MDPs."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
import math
import warnings
import numpy as np
from solution import weighted_per_decision

warnings.simplefilter("ignore")


# Action 1 ends the episode, 0 goes on. The new policy ends it with chance q, the old with p.
def logs(count, p, q, rng, paid):
    episodes = []
    for _ in range(count):
        r, new, old = [], [], []
        while True:
            stop = rng.random() < p
            r.append(paid[stop])
            old.append(math.log(p if stop else 1 - p))
            new.append(math.log(q if stop else 1 - q))
            if stop:
                break
        episodes.append((np.array(r), np.array(new), np.array(old)))
    return episodes


rng = np.random.default_rng(0)
for p, q, paid in ((0.3, 0.5, (1.0, 1.0)), (0.5, 0.4, (1.0, 3.0)), (0.4, 0.4, (2.0, -1.0))):
    gamma = 0.9
    true = ((1 - q) * paid[0] + q * paid[1]) / (1 - gamma * (1 - q))
    got = weighted_per_decision(logs(40_000, p, q, rng, paid), gamma)
    assert abs(got - true) < 0.03 * abs(
        true
    ), f"value {got:.3f} of 40,000 episodes, exact {true:.3f}"

# The same policy, two episodes: every weight is one, so it is the plain mean.
one = (np.array([1.0, 2.0, 4.0]), np.full(3, -0.7), np.full(3, -0.7))
two = (np.array([10.0]), np.full(1, -0.2), np.full(1, -0.2))
got = weighted_per_decision([one, two], 0.5)
assert (
    abs(got - (3.0 + 10.0) / 2) < 1e-9
), f"mean return of two on-policy episodes {got:.4f}, by hand 6.5"

# Self-normalised by hand: weights 2 and 1 at step 0; 2*3 and, of the one that is over, 1 at step 1.
a = (np.array([1.0, 5.0]), np.log([0.8, 0.6]), np.log([0.4, 0.2]))
b = (np.array([4.0]), np.log([0.5]), np.log([0.5]))
got, true = weighted_per_decision([a, b], 0.9), (2 * 1 + 1 * 4) / 3 + 0.9 * (6 * 5) / 7
assert abs(got - true) < 1e-9, f"two episodes {got:.4f}, by hand {true:.4f}"

# Long: the ratios leave the range of floats both ways, the rewards are all one.
for shift in (-2.0, 2.0):
    long = [(np.ones(2000), np.full(2000, -3.0 + shift), np.full(2000, -3.0)) for _ in range(3)]
    got, true = weighted_per_decision(long, 0.99), (1 - 0.99**2000) / 0.01
    assert math.isfinite(got), f"not finite where log-ratios sum to {2000 * shift:g}"
    assert abs(got - true) < 1e-6 * true, f"long episodes: {got:.4f}, exact {true:.4f}"
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
