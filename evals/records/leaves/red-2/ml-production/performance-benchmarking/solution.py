import csv
import math
from decimal import Decimal, InvalidOperation

from scipy.stats import binom

LIMIT = 0.5


def _seconds(text):
    """The exact number, or None: 10.55 - 10.05 is more than 0.5 in floating point."""
    try:
        value = Decimal((text or "").strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def summarise(path: str) -> dict:
    """Latencies from when a request was due, not from when the client got round to sending it.

    Users do not wait for one another: one who came while the client hung on a slow answer would
    have waited as well. A request without an answer counts as infinitely slow.
    """
    latencies = []
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            due, done = _seconds(row["due_s"]), _seconds(row["done_s"])
            latencies.append(math.inf if due is None or done is None else float(done - due))
    latencies.sort()
    n = len(latencies)
    if not n:
        return {"p50": None, "p99": None, "p99_upper": None, "verdict": "undecided"}

    def rank(percent):
        return latencies[-(-percent * n // 100) - 1]

    # The r-th smallest lies below the true p99 only if at least r requests do, of n that each do
    # with a chance of at most 0.99: the smallest r for which that is at most 5 % likely.
    r = max(1, int(binom.ppf(0.95, n, 0.99)) - 1)
    while r <= n and binom.cdf(r - 1, n, 0.99) < 0.95:
        r += 1
    p99, upper = rank(99), latencies[r - 1] if r <= n else None
    if upper is not None and upper <= LIMIT:
        verdict = "kept"
    elif p99 > LIMIT:
        verdict = "broken"
    else:
        verdict = "undecided"
    return {"p50": rank(50), "p99": p99, "p99_upper": upper, "verdict": verdict}
