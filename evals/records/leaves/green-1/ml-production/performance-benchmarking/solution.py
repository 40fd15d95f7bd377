"""Does the service answer 99 % of requests within 500 ms?"""

import csv
import math
from decimal import Decimal

from scipy.stats import binom

LIMIT_S = 0.5


def _latencies(path):
    """From the time a request was due, ascending; inf where no answer came.

    The client sends late while it waits for an earlier answer; a user would have been waiting
    from the scheduled time on. Decimal, so that 10.55 - 10.05 is 0.5 and not a little more.
    """
    found = []
    with open(path, newline="") as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            done = (row["done_s"] or "").strip()
            if done.lower() in ("", "nan", "none", "inf"):
                found.append(math.inf)
            else:
                found.append(float(Decimal(done) - Decimal(row["due_s"].strip())))
    return sorted(found)


def summarise(path: str) -> dict:
    ordered = _latencies(path)
    n = len(ordered)
    if n == 0:
        return {"p50": None, "p99": None, "p99_upper": None, "verdict": "undecided"}
    p50 = ordered[-(-50 * n // 100) - 1]  # whole numbers: 0.99 * n may round up past its rank
    p99 = ordered[-(-99 * n // 100) - 1]
    # The r-th smallest is at least the true p99 unless r or more lie below it; the chance that
    # at most r - 1 do is at least binom.cdf(r - 1, n, 0.99).
    rank = int(binom.ppf(0.95, n, 0.99)) + 1
    upper = ordered[rank - 1] if rank <= n else None
    if upper is not None and upper <= LIMIT_S:
        verdict = "kept"
    elif p99 > LIMIT_S:
        verdict = "broken"
    else:
        verdict = "undecided"
    return {"p50": p50, "p99": p99, "p99_upper": upper, "verdict": verdict}
