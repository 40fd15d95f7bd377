"""Promote a canary, roll it back, or wait."""

import math

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

LEVEL = 0.05
FEWEST = 20


def decide(
    control: list[tuple[str, int, int]],
    canary: list[tuple[str, int, int]],
    margin: float,
    looks: int,
) -> str:
    """ "promote", "rollback" or "wait".

    The unit is the user, not the request: requests of one user fail together. The rates are
    ratios of sums over users; each gets a one-sided bound at 5 % / looks (`_bound`), and the
    two bounds make one for the difference (MOVER, Zou and Donner 2008).
    """
    sides = []
    for users in (control, canary):
        table = np.array([(n, f) for _, n, f in users if n > 0], dtype=np.float64).reshape(-1, 2)
        if len(table) < FEWEST:
            return "wait"
        sides.append((table[:, 0], table[:, 1]))
    old, new = sides
    alpha = LEVEL / max(int(looks), 1)
    rate_old, rate_new = old[1].sum() / old[0].sum(), new[1].sum() / new[0].sum()
    difference = rate_new - rate_old

    low = math.hypot(rate_new - _bound(*new, alpha, False), _bound(*old, alpha, True) - rate_old)
    if difference - low > 0:
        return "rollback"
    high = math.hypot(_bound(*new, alpha, True) - rate_new, rate_old - _bound(*old, alpha, False))
    if difference + high < margin:
        return "promote"
    return "wait"


def _bound(requests: np.ndarray, failed: np.ndarray, alpha: float, upper: bool) -> float:
    """One-sided bound of sum(failed) / sum(requests) with users drawn at random.

    Bayesian bootstrap over the users and one invented user at the extreme end (everything
    failed, or nothing for a lower bound; larger where users are unequal), as in Gaffke's bound for a mean. A normal
    bound is useless where few users fail: with no failure seen it would have no width at all,
    while this one is that of Clopper and Pearson.
    """
    spread = (requests**2).mean() / requests.mean() ** 2
    size = requests.mean() * spread ** (2 / 3)  # settled by simulation with unequal users
    n = np.append(requests, size) / size
    f = np.append(failed, size if upper else 0.0) / size
    rates = f / n
    least, most = rates.min(), rates.max()
    if least == most:
        return float(least)
    estimate = f.sum() / n.sum()
    # P(rate > theta) = P(sum of E * (f - theta * n) > 0) with E exponential.
    goal = alpha if upper else 1 - alpha
    edge = 1e-12 * (most - least)
    ends = (estimate, most - edge) if upper else (least + edge, estimate)

    def excess(theta: float) -> float:
        return _positive(f - theta * n) - goal

    if excess(ends[0]) * excess(ends[1]) >= 0:
        return float(ends[1] if upper else ends[0])
    return float(brentq(excess, *ends, xtol=1e-10, rtol=1e-8))


def _positive(a: np.ndarray) -> float:
    """P(sum of a * E > 0), E independent and exponential: saddlepoint, Lugannani and Rice."""
    a = a[a != 0]
    if not len(a) or a.max() <= 0:
        return 0.0
    if a.min() >= 0:
        return 1.0
    a = a / np.sqrt((a**2).sum())

    def slope(t: float) -> float:
        return float((a / (1 - a * t)).sum())

    lower, upper = 1 / a.min(), 1 / a.max()
    t = brentq(slope, lower * (1 - 1e-13), upper * (1 - 1e-13), xtol=1e-14, rtol=1e-13)
    w = math.copysign(math.sqrt(max(2 * np.log1p(-a * t).sum(), 0.0)), t)
    u = t * math.sqrt(((a / (1 - a * t)) ** 2).sum())
    if abs(w) < 1e-4:
        return float(0.5 - 2 * (a**3).sum() / (6 * math.sqrt(2 * math.pi)))
    return float(np.clip(norm.sf(w) + norm.pdf(w) * (1 / u - 1 / w), 0.0, 1.0))
