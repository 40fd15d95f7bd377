"""A canary judged by users: the ratio's standard error by the delta method."""

import math

import numpy as np
from scipy.stats import t


def ratio(rows):
    requests = np.array([row[1] for row in rows], float)
    failed = np.array([row[2] for row in rows], float)
    rate = failed.sum() / requests.sum()
    n = len(rows)
    residual = failed - rate * requests
    share = requests / requests.sum()
    residual = residual / (1 - share)  # leave-one-out: a heavy user pulls the rate to itself
    return rate, math.sqrt((residual**2).sum() * n / (n - 1)) / requests.sum()


def decide(control, canary, margin, looks):
    if min(len(control), len(canary)) < 20:
        return "wait"
    (p, a), (q, b) = ratio(control), ratio(canary)
    z = t.ppf(1 - 0.05 / looks, min(len(control), len(canary)) - 1)
    half = z * math.hypot(a, b)
    if half == 0:
        return "wait"
    if q - p - half > 0:
        return "rollback"
    return "promote" if q - p + half < margin else "wait"
