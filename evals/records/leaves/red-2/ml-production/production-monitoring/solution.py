"""Precision and recall per week of a model whose flags are mostly blocked."""

from collections import defaultdict

THRESHOLD = 0.9
MATURE_AFTER = 45  # days until the last chargeback has come


def weekly(payments: list[dict], today: int) -> list[dict]:
    """One dict per week whose payments all have had their 45 days, oldest first."""
    weeks = defaultdict(list)
    for payment in payments:
        weeks[payment["day"] // 7].append(payment)

    result = []
    for week, rows in sorted(weeks.items()):
        # A payment seen for less than 45 days may still turn out to be fraud; those with an early
        # chargeback are no fair sample, so the week is judged as a whole or not at all.
        if max(p["day"] for p in rows) + MATURE_AFTER > today:
            continue
        flagged = [p for p in rows if p["score"] >= THRESHOLD]
        missed = sum(
            p["chargeback_day"] is not None for p in rows if not p["score"] >= THRESHOLD
        )
        # What was blocked has no outcome. Those let through are a random sample of the flagged.
        sample = [p for p in flagged if p["let_through"]]
        precision = None
        if sample:
            precision = sum(p["chargeback_day"] is not None for p in sample) / len(sample)

        recall = None
        if precision is not None or not flagged:
            # The number flagged is known: times the share of the sample has less variance than
            # 20 times the fraud in the sample. Flagged without a sample: nobody can tell.
            caught = len(flagged) * (precision or 0.0)
            if caught + missed > 0:
                recall = caught / (caught + missed)
        result.append({"week": week, "precision": precision, "recall": recall})
    return result
