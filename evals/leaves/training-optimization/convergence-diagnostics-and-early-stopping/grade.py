"""False alarms and hits on simulated windows of a smoothed log, in several units."""

from __future__ import annotations

from pathlib import Path

from forked import run

HIDDEN = """
import numpy as np
from solution import trend

UNITS = ((2.3, 0.02), (1e-4, 1e-5), (-35.0, 0.5), (0.0, 3.0))

def window(rng, n, change, unit, ragged):
    level, noise = unit
    warm = 200
    t = np.concatenate([np.zeros(warm), np.linspace(0, 1, n)])
    raw = level + noise * (change * t + rng.standard_normal(warm + n))
    shown, s = [], level
    for value in raw:
        s = 0.9 * s + 0.1 * value
        shown.append(s)
    steps, y = 50 * np.arange(n) + 4000, np.array(shown[warm:])
    if ragged:
        y[rng.random(n) < 0.02] = np.nan
        keep = rng.random(n) > 0.03
        steps, y = steps[keep], y[keep]
    return steps, y

def said(n, change, unit, ragged, count, seed):
    rng = np.random.default_rng(seed)
    words = [str(trend(*window(rng, n, change, unit, ragged))) for _ in range(count)]
    assert set(words) <= {"falling", "flat", "rising"}, f"unknown words {set(words)}"
    return words

for i, unit in enumerate(UNITS):
    for n, ragged in ((100, False), (300, True), (500, False)):
        words = said(n, 0.0, unit, ragged, 120, 100 * i + n)
        wrong = sum(w != "flat" for w in words) / len(words)
        # 22 of 120 is beyond what one in ten explains (binomial, 0.4 %).
        assert wrong < 22 / 120, f"{wrong:.0%} of flat windows of {n} points called otherwise"
    for change, right in ((-3.0, "falling"), (3.0, "rising")):
        words = said(300, change, unit, i % 2 == 0, 40, 7 + i)
        found = sum(w == right for w in words) / len(words)
        assert found >= 0.9, f"{found:.0%} of windows that are {right} found, unit {unit}"
"""


def grade(folder: Path) -> str | None:
    """None where the answer in the folder passes, else why not."""
    if not (folder / "solution.py").is_file():
        return "solution.py is missing"
    done = run(["-c", HIDDEN], folder, 60)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it failed in silence"])[-1]
    return None
