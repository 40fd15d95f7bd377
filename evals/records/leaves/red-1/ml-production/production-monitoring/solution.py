"""Weekly precision and recall of a model that blocks what it flags."""

from collections import defaultdict

THRESHOLD = 0.9
MATURE = 45  # days after which a payment without a chargeback was honest


def weekly(payments: list[dict], today: int) -> list[dict]:
    """One dict per week that can be judged, oldest first.

    A week counts once each of its payments is old enough that its chargeback would be here.
    Blocked payments have no outcome, whatever `chargeback_day` says. Those let through are a
    random sample of the flagged: their share of fraud is the precision, and it stands for all
    flagged payments of the week, whose number is known (steadier than a factor of 20).
    """
    weeks = defaultdict(list)
    for payment in payments:
        weeks[payment["day"] // 7].append(payment)
    result = []
    for week, members in sorted(weeks.items()):
        if max(p["day"] for p in members) + MATURE > today:
            continue
        flagged = [p for p in members if p["score"] >= THRESHOLD]
        sample = [p for p in flagged if p["let_through"]]
        caught = sum(p["chargeback_day"] is not None for p in sample)
        missed = sum(
            p["score"] < THRESHOLD and p["chargeback_day"] is not None for p in members
        )
        precision = caught / len(sample) if sample else None
        if not flagged:
            found = 0.0
        else:  # flagged but none let through: nobody knows how much of it was fraud
            found = None if precision is None else precision * len(flagged)
        if found is None or found + missed == 0:
            recall = None
        else:
            recall = found / (found + missed)
        result.append({"week": week, "precision": precision, "recall": recall})
    return result
