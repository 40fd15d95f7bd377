import csv
from decimal import Decimal

from scipy.stats import binom

LIMIT_S = 0.5


def summarise(path: str) -> dict:
    """Latencies from the scheduled time: a client held up by one answer sends the next ones late,
    and users would not have waited. A request without an answer is slower than any other."""
    latencies = []
    with open(path, newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            done = (row["done_s"] or "").strip()
            # Decimal: 10.55 - 10.05 is 0.5 and no more
            latencies.append(
                float(Decimal(done) - Decimal(row["due_s"].strip())) if done else float("inf")
            )
    latencies.sort()
    n = len(latencies)
    if not n:
        return {"p50": None, "p99": None, "p99_upper": None, "verdict": "undecided"}

    def quantile(percent):  # nearest rank, in whole numbers
        return latencies[-(-percent * n // 100) - 1]

    # The smallest r with P(r-th smallest >= true p99) = P(Binomial(n, 0.99) <= r - 1) >= 0.95
    rank = int(binom.ppf(0.95, n, 0.99)) + 1
    upper = latencies[rank - 1] if rank <= n else None
    p99 = quantile(99)
    if upper is not None and upper <= LIMIT_S:
        verdict = "kept"
    elif p99 > LIMIT_S:
        verdict = "broken"
    else:
        verdict = "undecided"
    return {"p50": quantile(50), "p99": p99, "p99_upper": upper, "verdict": verdict}
