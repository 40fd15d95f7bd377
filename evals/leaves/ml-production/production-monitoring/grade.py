"""Precision and recall under late and selective labels, against worked numbers."""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

from forked import run

CHECK = r"""
import random
from solution import weekly


def fail(words):
    print("FAIL " + words)
    raise SystemExit(1)


def pay(day, score, through, fraud, delay, today):
    back = day + delay if fraud and through and day + delay <= today else None
    return {"day": day, "score": score, "let_through": through, "chargeback_day": back}


def near(a, b):
    return a is not None and abs(a - b) < 1e-9


# Worked by hand. Week 0: 40 flagged, 2 let through of which 1 fraud; 5 frauds missed among 100.
today = 200
week0 = [pay(3, 0.95, i < 2, i == 0, 45, today) for i in range(40)]
week0 += [pay(i % 7, 0.1, True, i < 5, 20, today) for i in range(100)]
# Week 2: exactly 0.9 is flagged; nobody let through, so precision is unknown.
week2 = [pay(14, 0.9, False, True, 9, today) for _ in range(3)] + [
    pay(15, 0.2, True, i == 0, 3, today) for i in range(10)
]
# Week 3: nothing flagged, no fraud.
week3 = [pay(21, 0.3, True, False, 0, today) for _ in range(4)]
rows = week3 + week0 + week2
random.Random(0).shuffle(rows)
got = weekly(rows, today)
if [w["week"] for w in got] != [0, 2, 3]:
    fail(f"weeks {[w['week'] for w in got]}, not [0, 2, 3]")
if not near(got[0]["precision"], 1 / 2):
    fail(f"precision of let-through payments is 1/2, not {got[0]['precision']}")
if not near(got[0]["recall"], 20 / 25):
    fail(f"a fraud let through stands for twenty: recall is 20/25, not {got[0]['recall']}")
if got[1]["precision"] is not None:
    fail("precision of a week without a let-through payment is unknown")
if got[2]["precision"] is not None or got[2]["recall"] is not None:
    fail("week 3: both denominators are empty")
# Which weeks can be judged: every payment of the week, whenever it was made, must have had 45 days.
for today, last in ((51, 0), (50, None), (58, 1), (57, 0), (56, 0)):
    some = [pay(d, 0.1, True, d % 3 == 0, 2, today) for d in range(0, min(today, 90) + 1)]
    weeks = [w["week"] for w in weekly(some, today)]
    want = [] if last is None else list(range(last + 1))
    if weeks != want:
        fail(f"today {today}: weeks {weeks}, not {want}")
# Without bias: over many dice the mean recall is near the truth (300 caught, 100 missed).
truth = random.Random(1)
caught = missed = 0.0
precisions = []
for _ in range(400):
    rows = [pay(1, 0.99, truth.random() < 0.05, i < 300, 10, 300) for i in range(600)]
    rows += [pay(2, 0.5, True, i < 100, 10, 300) for i in range(400)]
    (one,) = weekly(rows, 300)
    if one["precision"] is not None:
        precisions.append(one["precision"])
    caught += one["recall"]
if not 0.70 < caught / 400 < 0.78:
    fail(f"mean recall {caught / 400:.3f}, true .75")
if not 0.47 < sum(precisions) / len(precisions) < 0.53:
    fail("mean precision is not the true .5")
if weekly([], 100) != []:
    fail("no payments")
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
