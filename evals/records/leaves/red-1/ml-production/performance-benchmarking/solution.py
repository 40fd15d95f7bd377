"""Does the service answer 99 % of requests within 500 ms at 20 requests a second?"""

import csv
import math
from decimal import Decimal

from scipy.stats import binom

LIMIT = 0.5


def _latency(row):
    # From when the request was due: the client waits for a slow answer before it sends the next, and users
    # would not. Decimal, so that 12.85 - 12.35 is 0.5 and not a hair more.
    done = (row["done_s"] or "").strip()
    if not done:
        return math.inf
    latency = float(Decimal(done) - Decimal(row["due_s"].strip()))
    return math.inf if math.isnan(latency) else latency


def summarise(path: str) -> dict:
    with open(path, newline="") as file:
        times = sorted(_latency(row) for row in csv.DictReader(file))
    n = len(times)
    if n == 0:
        return {"p50": None, "p99": None, "p99_upper": None, "verdict": "undecided"}
    p50 = times[-(-n * 50 // 100) - 1]
    p99 = times[-(-n * 99 // 100) - 1]

    # The k-th smallest is at least the true p99 unless k or more of n lie below that: the smallest k with
    # P(Binomial(n, 0.99) <= k - 1) >= 0.95.
    below = int(binom.ppf(0.95, n, 0.99))
    while below > 0 and binom.cdf(below - 1, n, 0.99) >= 0.95:
        below -= 1
    while binom.cdf(below, n, 0.99) < 0.95:
        below += 1
    upper = times[below] if below < n else None

    if upper is not None and upper <= LIMIT:
        verdict = "kept"
    elif p99 > LIMIT:
        verdict = "broken"
    else:
        verdict = "undecided"
    return {"p50": p50, "p99": p99, "p99_upper": upper, "verdict": verdict}
