"""Metrics of a model that hides its own labels."""

from collections import defaultdict


def weekly(payments, today):
    weeks = defaultdict(list)
    for payment in payments:
        weeks[payment["day"] // 7].append(payment)
    told = []
    for week in sorted(weeks):
        if week * 7 + 6 + 45 > today:
            continue
        flagged = hits = missed = 0
        for payment in weeks[week]:
            fraud = payment["chargeback_day"] is not None
            if payment["score"] < 0.9:
                missed += fraud
            elif payment["let_through"]:
                flagged += 1
                hits += fraud
        total = 20 * hits + missed
        told.append(
            {
                "week": week,
                "precision": hits / flagged if flagged else None,
                "recall": 20 * hits / total if total else None,
            }
        )
    return told
