"""Two proportions over requests, as if they were independent."""

import math

from scipy.stats import norm


def decide(control, canary, margin, looks):
    if min(len(control), len(canary)) < 20:
        return "wait"
    n, m = sum(r[1] for r in control), sum(r[1] for r in canary)
    p, q = sum(r[2] for r in control) / n, sum(r[2] for r in canary) / m
    half = norm.ppf(1 - 0.05 / looks) * math.sqrt(p * (1 - p) / n + q * (1 - q) / m)
    if q - p - half > 0:
        return "rollback"
    return "promote" if q - p + half < margin else "wait"
