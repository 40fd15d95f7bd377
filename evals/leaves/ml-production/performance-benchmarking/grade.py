"""Latency of an open schedule, by order statistics, on logs with known stalls."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
import math, os, random, tempfile
from solution import summarise


def fail(words):
    print("FAIL " + words)
    raise SystemExit(1)


def binom_cdf(k, n, p):
    return sum(
        math.exp(
            math.lgamma(n + 1)
            - math.lgamma(i + 1)
            - math.lgamma(n - i + 1)
            + i * math.log(p)
            + (n - i) * math.log1p(-p)
        )
        for i in range(k + 1)
    )


HIDDEN = os.path.join(tempfile.mkdtemp(), "log.csv")


def run(name, service):
    free, rows = 0.0, []
    for i, s in enumerate(service):
        due = 0.05 * i
        sent = max(due, free)
        done = "" if s > 2 else f"{sent + s:.6f}"
        free = sent + min(s, 2.0)
        rows.append((due, sent, done))
    with open(name, "w") as f:
        f.write("due_s,sent_s,done_s\n")
        f.writelines(f"{d:.6f},{s:.6f},{e}\n" for d, s, e in rows)
    lat = sorted(float(e) - float(f"{d:.6f}") if e else math.inf for d, _, e in rows)
    n = len(lat)
    rank = lambda q: lat[math.ceil(q * n - 1e-9) - 1]
    upper = None
    for k in range(1, n + 1):
        if binom_cdf(k - 1, n, 0.99) >= 0.95:
            upper = lat[k - 1]
            break
    p99 = rank(0.99)
    verdict = (
        "kept" if upper is not None and upper <= 0.5 else "broken" if p99 > 0.5 else "undecided"
    )
    return {"p50": rank(0.5), "p99": p99, "p99_upper": upper, "verdict": verdict}


r = random.Random(3)
quick = lambda n: [r.uniform(0.01, 0.04) for _ in range(n)]
cases = {"steady": quick(1000)}
cases["few"] = quick(200)
cases["just enough"] = quick(299)
cases["one too few"] = quick(298)
stall = quick(1000)
stall[500] = 1.9
cases["one long stall"] = stall
lost = quick(2000)
for i in range(100, 1900, 60):
    lost[i] = 3.0
cases["requests given up"] = lost
edge = quick(1000)
for i in (100, 300, 500, 700, 900):
    edge[i] = 0.55
cases["a few slow"] = edge
one = quick(300)
one[297] = 3.0
cases["the bound is an unanswered one"] = one
slow = [r.uniform(0.055, 0.065) for _ in range(600)]
cases["slower than the schedule"] = slow
verdicts = set()
for name, service in cases.items():
    want = run(HIDDEN, service)
    got = summarise(HIDDEN)
    verdicts.add(want["verdict"])
    for key in want:
        w = want[key]
        if key not in got:
            fail(f"no key {key}")
        g = got[key]
        if w is None or isinstance(w, str):
            if g != w:
                fail(f"{name}: {key} is {g}, not {w}")
        elif g is None or isinstance(g, str):
            fail(f"{name}: {key} is {g}, not {w}")
        elif math.isinf(w):
            if key == "p99_upper" and not math.isinf(g):
                fail(f"{name}: {key} is {g}, not inf")
            if key != "p99_upper" and not g >= 2:
                fail(f"{name}: {key} is {g}: requests without an answer left out")
        elif not abs(float(g) - w) < 2e-6:
            fail(f"{name}: {key} is {g}, not {w:.6f}")
assert verdicts == {"kept", "broken", "undecided"}
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
