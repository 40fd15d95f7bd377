"""The lineage of a model over preempted attempts, worked by hand."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
import json, math, os, tempfile
from solution import history

PLACE = os.path.join(tempfile.mkdtemp(), "log.jsonl")


def fail(words):
    print("FAIL " + words)
    raise SystemExit(1)


def start(t, s):
    return json.dumps({"event": "start", "time": t, "from_step": s})


def step(s, t, loss, tokens=10):
    return json.dumps({"event": "step", "step": s, "time": t, "tokens": tokens, "loss": loss})


def ev(s, t, loss):
    return json.dumps({"event": "eval", "step": s, "time": t, "loss": loss})


def same(a, b):
    return len(a) == len(b) and all(
        x == y or (x != x and y != y) or abs(x - y) < 1e-9 for x, y in zip(a, b)
    )


def check(name, text, **want):
    with open(PLACE, "w") as f:
        f.write(text)
    got = history(PLACE)
    for key, w in want.items():
        if key not in got:
            fail(f"no key {key}")
        g = got[key]
        ok = (
            (g is None)
            if w is None
            else (g is not None and same(list(g), w))
            if isinstance(w, list)
            else (g is not None and abs(g - w) < 1e-6)
        )
        if not ok:
            fail(f"{name}: {key} is {g}, not {w}")


lines = [start(0.0, 0)] + [step(i, float(i), 5 - i / 10) for i in range(1, 6)]
check(
    "one attempt",
    "\n".join(lines) + "\n",
    steps=[1, 2, 3, 4, 5],
    tokens=50,
    best_eval=None,
    lost_steps=0,
    busy_s=5.0,
)
# The second attempt goes on from 3 and has come to 4: the old 5 and 6, and the eval at 6, are gone.
one = [start(0.0, 0)] + [step(i, float(i), 5 - i / 10) for i in range(1, 4)] + [ev(3, 3.5, 2.5)]
one += [step(i, float(i), 1.0, 7) for i in range(4, 7)] + [ev(6, 6.5, 0.5)]
two = [start(100.0, 3), step(4, 101.0, 4.5, 11)]
check(
    "not yet as far as before",
    "\n".join(one + two) + "\n",
    steps=[1, 2, 3, 4],
    losses=[4.9, 4.8, 4.7, 4.5],
    tokens=41,
    best_eval=[3, 2.5],
    lost_steps=3,
    busy_s=7.5,
)
check(
    "has done nothing yet",
    "\n".join([*one, start(100.0, 3)]) + "\n",
    steps=[1, 2, 3],
    tokens=30,
    best_eval=[3, 2.5],
    lost_steps=3,
    busy_s=6.5,
)
# A third attempt goes back behind the second: it loads step 2.
three = [start(200.0, 2), step(3, 201.0, 4.0, 13), ev(3, 202.0, 3.0)]
check(
    "goes back further",
    "\n".join(one + two + three) + "\n",
    steps=[1, 2, 3],
    losses=[4.9, 4.8, 4.0],
    tokens=33,
    best_eval=[3, 3.0],
    lost_steps=5,
    busy_s=9.5,
)
check(
    "from scratch again",
    "\n".join([*one, start(50.0, 0), step(1, 52.0, 3.0)]) + "\n",
    steps=[1],
    losses=[3.0],
    tokens=10,
    best_eval=None,
    lost_steps=6,
    busy_s=8.5,
)
# NaN: kept in the losses, never the best.
nan = [
    start(0.0, 0),
    step(1, 1.0, math.nan),
    ev(1, 1.5, math.nan),
    step(2, 2.0, 2.0),
    ev(2, 2.5, 1.5),
]
check(
    "NaN", "\n".join(nan) + "\n", losses=[math.nan, 2.0], best_eval=[2, 1.5], tokens=20, busy_s=2.5
)
nan = [start(0.0, 0), step(1, 1.0, 3.0), ev(1, 1.5, 2.0), step(2, 2.0, 2.0), ev(2, 2.5, math.nan)]
check("NaN last", "\n".join(nan) + "\n", best_eval=[1, 2.0])
check(
    "all NaN",
    "\n".join([start(0.0, 0), step(1, 1.0, 3.0), ev(1, 1.5, math.nan)]) + "\n",
    best_eval=None,
)
# Torn lines: at the end of the file, alone in the middle, and glued to the next attempt's start.
torn = step(7, 7.0, 1.0)[:31]
check("torn at the end", "\n".join([*lines, torn]), steps=[1, 2, 3, 4, 5], lost_steps=0, busy_s=5.0)
check(
    "torn in the middle",
    "\n".join([*one, torn, *two]) + "\n",
    steps=[1, 2, 3, 4],
    tokens=41,
    lost_steps=3,
    busy_s=7.5,
)
check(
    "torn and glued",
    "\n".join(one) + "\n" + torn + "\n".join(two) + "\n",
    steps=[1, 2, 3, 4],
    tokens=41,
    lost_steps=3,
    busy_s=7.5,
)
check(
    "torn after an event's name",
    "\n".join(one) + "\n" + '{"event": "st' + "\n".join(two) + "\n",
    steps=[1, 2, 3, 4],
    tokens=41,
    lost_steps=3,
    busy_s=7.5,
)
check(
    "torn in a key",
    "\n".join(one) + "\n" + '{"event": "step", "step": 7, "ti' + "\n".join(two) + "\n",
    tokens=41,
    lost_steps=3,
    busy_s=7.5,
)
check(
    "whole but glued",
    "\n".join(one) + "\n".join(two) + "\n",
    steps=[1, 2, 3, 4],
    tokens=41,
    lost_steps=3,
    best_eval=[3, 2.5],
    busy_s=7.5,
)
# An evaluation of the loaded checkpoint, by the attempt that loads it, is the present model's.
check(
    "evaluation at the loaded step",
    "\n".join([*one, start(100.0, 3), ev(3, 100.5, 2.4)]) + "\n",
    best_eval=[3, 2.4],
    lost_steps=3,
    busy_s=7.0,
)
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
