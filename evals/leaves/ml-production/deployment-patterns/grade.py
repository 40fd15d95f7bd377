"""Canary decisions on drawn users: how often they are wrong, and on clear cases."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
import warnings
import numpy as np
from solution import decide


def fail(words):
    print("FAIL " + words)
    raise SystemExit(1)


warnings.simplefilter("ignore")


def users(rng, n, rate, spread, size=30, heavy=1.0):
    requests = np.maximum(3, rng.lognormal(np.log(size), heavy, n)).astype(int)
    p = rng.beta(rate / spread, (1 - rate) / spread, n) if spread else np.full(n, rate)
    failed = rng.binomial(requests, p)
    return [(f"u{i}", int(r), int(f)) for i, (r, f) in enumerate(zip(requests, failed))]


def ask(control, canary, margin, looks, allowed, name):
    got = decide(control, canary, margin, looks)
    if got not in allowed:
        fail(f"{name}: {got!r}, not {' or '.join(allowed)}")
    return got


rng = np.random.default_rng(0)
ask(
    users(rng, 20000, 0.02, 0),
    users(rng, 10000, 0.02, 0),
    0.005,
    1,
    ["promote"],
    "equal, many users",
)
ask(
    users(rng, 20000, 0.02, 0),
    users(rng, 10000, 0.04, 0),
    0.005,
    24,
    ["rollback"],
    "twice the errors",
)
ask(users(rng, 9000, 0.02, 0), users(rng, 19, 0.9, 0), 0.005, 1, ["wait"], "19 users")
ask(users(rng, 19, 0.02, 0), users(rng, 4000, 0.9, 0), 0.005, 1, ["wait"], "19 users in control")
ask(
    users(rng, 40000, 0.02, 0),
    users(rng, 20000, 0.025, 0),
    0.02,
    4,
    ["rollback"],
    "surely worse, surely within the margin",
)
ask(users(rng, 5000, 0.04, 0), users(rng, 500, 0.04, 0), 0.001, 24, ["wait"], "too little to tell")
ask(users(rng, 9000, 0.03, 0), users(rng, 3000, 0.01, 0), 0.005, 24, ["promote"], "better")
ask(
    [("u", 5, 0)] * 3000,
    [("u%d" % i, 5, 0) for i in range(3000)],
    0.005,
    4,
    ["promote", "wait"],
    "no failure anywhere",
)
# one user of the canary sends a flood that fails: 20 % of its traffic, one user.
flood = users(rng, 400, 0.02, 0)
flood[7] = (flood[7][0], 3000, 2900)
ask(users(rng, 4000, 0.02, 0), flood, 0.005, 1, ["wait"], "one user's flood")
# users who fail again and again: a binomial interval over requests is far too narrow.
wrong = {"rollback": 0, "promote": 0}
for seed in range(300):
    rng = np.random.default_rng(seed + 10)
    a, b = users(rng, 3000, 0.03, 1.0, heavy=0.5), users(rng, 400, 0.03, 1.0, heavy=0.5)
    wrong["rollback"] += decide(a, b, 0.005, 1) == "rollback"
if wrong["rollback"] > 33:
    fail(
        f"equal versions rolled back in {wrong['rollback']} of 300 draws of clustered users"
    )
for seed in range(300):
    rng = np.random.default_rng(seed + 1000)
    a, b = users(rng, 3000, 0.03, 1.0, heavy=0.5), users(rng, 400, 0.05, 1.0, heavy=0.5)
    wrong["promote"] += decide(a, b, 0.02, 1) == "promote"
if wrong["promote"] > 36:
    fail(f"a version at the margin promoted in {wrong['promote']} of 300 draws")
# asked hourly: 24 looks at growing data; equal versions must seldom be rolled back at any.
bad = 0
for seed in range(60):
    rng = np.random.default_rng(seed + 5000)
    a, b = users(rng, 7200, 0.03, 0.3, heavy=0.5), users(rng, 2400, 0.03, 0.3, heavy=0.5)
    for hour in range(1, 25):
        got = decide(a[: 300 * hour], b[: 100 * hour], 0.0005, 24)
        if got != "wait":
            bad += got == "rollback"
            break
if bad > 9:
    fail(f"asked 24 times, equal versions were rolled back in {bad} of 60 canaries")
# not so careful that nothing is ever found
found = sum(
    decide(users(r, 4000, 0.02, 0.3), users(r, 2000, 0.05, 0.3), 0.005, 24) == "rollback"
    for r in map(np.random.default_rng, range(7000, 7020))
)
if found < 16:
    fail(f"2.5 times the errors over 2,000 users found in {found} of 20")
print("PASS")
"""


def grade(folder: Path) -> str | None:
    """None where the answer passes, else why not."""
    try:
        done = run(["-c", CHECK], folder, 60)
    except TimeoutExpired:
        return "hangs"
    if done.returncode == 0 and done.stdout.splitlines()[-1:] == ["PASS"]:
        return None
    said = [line for line in done.stdout.splitlines() if line.startswith("FAIL ")]
    return said[0][5:] if said else (done.stderr.strip().splitlines() or ["no result"])[-1][:200]
