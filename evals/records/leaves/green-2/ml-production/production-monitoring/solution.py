from collections import defaultdict

THRESHOLD = 0.9
WINDOW = 45  # days after which a missing chargeback means honest


def weekly(payments: list[dict], today: int) -> list[dict]:
    """Precision and recall of each week whose chargeback windows are all closed."""
    weeks = defaultdict(list)
    for payment in payments:
        weeks[payment["day"] // 7].append(payment)

    result = []
    for week in sorted(weeks):
        items = weeks[week]
        # An open week holds only the quick chargebacks: all its payments must be closed.
        if max(p["day"] for p in items) + WINDOW > today:
            continue
        flagged = [p for p in items if p["score"] >= THRESHOLD]
        # A blocked payment never gets a chargeback: its label is unknown, not "honest".
        # Those let through by the die are a random sample of the flagged ones.
        sample = [p for p in flagged if p["let_through"]]
        caught = sum(p["chargeback_day"] is not None for p in sample)
        missed = sum(
            p["score"] < THRESHOLD and p["chargeback_day"] is not None for p in items
        )
        precision = caught / len(sample) if sample else None
        # The sample stands for all flagged payments. The share, times the number flagged,
        # varies less than 20 * caught (how many the die let through is known).
        if not flagged:
            fraud_flagged = 0.0
        elif sample:
            fraud_flagged = len(flagged) * precision
        else:
            fraud_flagged = None  # some were flagged, nothing is known about them
        if fraud_flagged is None or fraud_flagged + missed == 0:
            recall = None
        else:
            recall = fraud_flagged / (fraud_flagged + missed)
        result.append({"week": week, "precision": precision, "recall": recall})
    return result
