"""Precision and recall of the fraud model by week of payment, from the labels that exist."""

THRESHOLD = 0.9
WINDOW = 45  # days in which a chargeback can come


def weekly(payments: list[dict], today: int) -> list[dict]:
    weeks: dict[int, list[dict]] = {}
    for payment in payments:
        weeks.setdefault(payment["day"] // 7, []).append(payment)

    result = []
    for week in sorted(weeks):
        rows = weeks[week]
        # Only when the window of its last payment has closed: before, the fast chargebacks alone
        # are in, and the missing ones would count as honest.
        if max(p["day"] for p in rows) + WINDOW > today:
            continue
        flagged = [p for p in rows if p["score"] >= THRESHOLD]
        # A blocked payment has no label (its missing chargeback says nothing): what is known
        # of the flagged ones comes from the random sample that was let through.
        sample = [p for p in flagged if p["let_through"]]
        caught = sum(p["chargeback_day"] is not None for p in sample)
        missed = sum(
            p["chargeback_day"] is not None for p in rows if p["score"] < THRESHOLD
        )
        precision = caught / len(sample) if sample else None

        # The sample stands for all flagged payments, whose number is known exactly; that has less
        # variance than counting each sampled fraud twenty times.
        if not flagged:
            caught_all = 0.0
        elif precision is None:
            caught_all = None  # flagged payments, but nothing is known of them
        else:
            caught_all = precision * len(flagged)
        if caught_all is None or caught_all + missed == 0:
            recall = None
        else:
            recall = caught_all / (caught_all + missed)
        result.append({"week": week, "precision": precision, "recall": recall})
    return result
