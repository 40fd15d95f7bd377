"""Waits for labels, but counts a let-through fraud once."""

from collections import defaultdict


def weekly(payments, today):
    weeks = defaultdict(list)
    for payment in payments:
        if payment["day"] + 45 <= today and payment["let_through"]:
            weeks[payment["day"] // 7].append(payment)
    told = []
    for week, rows in sorted(weeks.items()):
        flagged = [r for r in rows if r["score"] >= 0.9]
        fraud = [r for r in rows if r["chargeback_day"] is not None]
        hits = [r for r in flagged if r["chargeback_day"] is not None]
        told.append(
            {
                "week": week,
                "precision": len(hits) / len(flagged) if flagged else None,
                "recall": len(hits) / len(fraud) if fraud else None,
            }
        )
    return told
