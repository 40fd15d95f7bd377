"""Promote a canary, roll it back or wait."""

import math

from scipy import stats

MIN_USERS = 20
ERROR = 0.05


def decide(
    control: list[tuple[str, int, int]],
    canary: list[tuple[str, int, int]],
    margin: float,
    looks: int,
) -> str:
    """ "promote", "rollback" or "wait".

    The users were drawn, not the requests: the rates are ratios of sums over users and their
    spread is that between users. Failures come from few users, so the limits of each rate are
    those of a gamma distribution (Fay and Feuer 1997), which still hold where hardly anybody has
    failed, or nobody; the limits of the difference follow from them (MOVER).
    """
    control = [(n, f) for _, n, f in control if n > 0]
    canary = [(n, f) for _, n, f in canary if n > 0]
    if min(len(control), len(canary)) < MIN_USERS:
        return "wait"
    # What share of their requests the users who fail at all lose; all of them, if none is known.
    failing = [(n, f) for n, f in control + canary if f > 0]
    share = sum(f for _, f in failing) / sum(n for n, _ in failing) if failing else 1.0

    alpha = ERROR / max(1, looks)
    old, old_low, old_high = _limits(control, share, alpha)
    new, new_low, new_high = _limits(canary, share, alpha)
    low = new - old - math.hypot(new - new_low, old_high - old)
    high = new - old + math.hypot(new_high - new, old - old_low)
    if low > 0:
        return "rollback"
    if high < margin:
        return "promote"
    return "wait"


def _limits(users: list[tuple[int, int]], share: float, alpha: float) -> tuple[float, float, float]:
    """Rate, and its lower and upper limit, each wrong with probability `alpha`."""
    count = len(users)
    total = sum(n for n, _ in users)
    rate = sum(f for _, f in users) / total
    var = sum((f - rate * n) ** 2 for n, f in users) / total**2 * count / (count - 1)
    # Few large users carry the rate: the variance itself is known from that many only.
    weight = sum(n * n for n, _ in users) / total**2
    freedom = max(1 / weight - 1, 1.0)
    var *= (stats.t.isf(alpha, freedom) / stats.norm.isf(alpha)) ** 2

    # One more user of usual size might have failed.
    more = share * weight
    shape, scale = (rate + more) ** 2 / (var + more**2), (var + more**2) / (rate + more)
    high = stats.gamma.isf(alpha, shape, scale=scale)
    low = stats.gamma.ppf(alpha, rate**2 / var, scale=var / rate) if rate > 0 and var > 0 else rate
    return rate, min(low, rate), max(high, rate)
