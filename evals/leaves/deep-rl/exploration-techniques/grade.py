"""RND's rewards and two streams against loops (Burda 2018, 1810.12894, sections 2.3, 2.4)."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
import numpy as np
from solution import IntrinsicReward, advantages

rng = np.random.default_rng(0)
n, gamma = 4, 0.95
filters, seen = np.zeros(n), []
normaliser = IntrinsicReward(n, gamma)
for rollout in range(6):
    raw = rng.gamma(2.0, 1.0, (50, n)) * (0.1 if rollout % 2 else 3.0)
    for t in range(50):
        filters = gamma * filters + raw[t]
        seen.append(filters.copy())
    got, want = normaliser.normalise(raw.copy()), raw / np.std(seen)
    assert got.shape == raw.shape
    off = np.abs(got / want - 1).max()
    assert off < 0.02, (
        f"rollout {rollout}: rewards are off by a factor of {(got / want).mean():.3f} to"
        f" {(got / want).max():.3f} from those divided by the running deviation of intrinsic"
        " returns"
    )

t_max = 30
ext_r, int_r, ext_v, int_v = rng.normal(size=(4, t_max, n))
terminated = rng.random((t_max, n)) < 0.2
terminated[-1, 0] = True
last_e, last_i = rng.normal(size=(2, n))
got = advantages(ext_r, int_r, ext_v, int_v, terminated, last_e, last_i, 0.99, 0.9, 0.8, 2.0, 1.0)
want = np.zeros((t_max, n))
for e in range(n):
    for t in range(t_max):
        for r, v, last, g, coef, episodic in (
            (ext_r, ext_v, last_e, 0.99, 2.0, True),
            (int_r, int_v, last_i, 0.9, 1.0, False),
        ):
            weight = 1.0
            for s in range(t, t_max):
                over = episodic and terminated[s, e]
                after = 0.0 if over else (v[s + 1, e] if s + 1 < t_max else last[e])
                want[t, e] += coef * weight * (r[s, e] + g * after - v[s, e])
                weight *= g * 0.8
                if over:
                    break
off = np.abs(got - want).max()
assert off < 1e-9, f"combined advantages are off by {off:.3g}"
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
