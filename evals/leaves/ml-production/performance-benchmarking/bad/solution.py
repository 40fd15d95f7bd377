"""Latency from when a request was sent: the stall hides those that waited behind it."""

import csv
import math

from scipy.stats import binom


def summarise(path):
    with open(path) as file:
        rows = list(csv.DictReader(file))
    late = sorted(
        float(row["done_s"]) - float(row["sent_s"]) if row["done_s"] else math.inf for row in rows
    )
    n = len(late)
    p50, p99 = (late[math.ceil(n * percent / 100) - 1] for percent in (50, 99))
    rank = int(binom.ppf(0.95, n, 0.99)) + 1
    upper = late[rank - 1] if rank <= n else None
    kept = upper is not None and upper <= 0.5
    verdict = "kept" if kept else "broken" if p99 > 0.5 else "undecided"
    return {"p50": p50, "p99": p99, "p99_upper": upper, "verdict": verdict}
