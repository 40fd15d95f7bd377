import numpy as np
from scipy import stats

FEWEST = 20
RARE = 10  # failing users, both sides together, from which on their kind is known
LUMPS = 0.1  # a new fault may hit single users, though control's failures are spread thinly


class Arm:
    """One side; the user is the unit, since the requests of a user fail together."""

    def __init__(self, users):
        data = np.array([(n, f) for _, n, f in users if n > 0], float).reshape(-1, 2)
        self.n, self.f = data[:, 0], data[:, 1]
        self.users = len(data)
        self.requests, self.failed = self.n.sum(), self.f.sum()

    def measure(self):
        self.rate = self.failed / self.requests
        self.effective = self.requests**2 / (self.n**2).sum()  # in users of equal weight
        without = (self.failed - self.f) / (self.requests - self.n)
        spread = ((without - without.mean()) ** 2).sum()
        self.variance = (self.users - 1) / self.users * spread  # jackknife over users


def decide(control, canary, margin: float, looks: int) -> str:
    a, b = Arm(control), Arm(canary)
    if min(a.users, b.users) < FEWEST:
        return "wait"
    a.measure()
    b.measure()
    alpha = 0.05 / looks  # each of the two statements, over the whole procedure
    difference = b.rate - a.rate

    # Dispersion of users about a common rate: known far better than the canary's own, which
    # is too small just when, by chance, none of its failing users has come yet.
    rate = (a.failed + b.failed) / (a.requests + b.requests)
    n, f = np.concatenate([a.n, b.n]), np.concatenate([a.f, b.f])
    dispersion = ((f - rate * n) ** 2).sum() / (n**2).sum()

    def limit(variance_a, variance_b):
        """Half width: Student's t, with degrees of freedom from the users' weights."""
        total = variance_a + variance_b
        if total == 0:
            return 0.0
        parts = variance_a**2 / max(a.effective - 1, 1) + variance_b**2 / max(b.effective - 1, 1)
        freedom = max(total**2 / parts, 1.0)
        return stats.t.ppf(1 - alpha, freedom) * np.sqrt(total)

    variance_a = max(a.variance, dispersion / a.effective)
    variance_b = max(b.variance, dispersion / b.effective)
    if difference - limit(variance_a, variance_b) > 0:
        return "rollback"

    # Upper limit of the canary's rate. Failures come in few failing users, so a low rate is
    # often their absence by chance, and the variance is low with it. Counted in failing users
    # (each with `lumps` of its requests failed), the limit is that of a Poisson count: with
    # none of them seen it is -log(alpha) of them, not 0.
    lumps = 1.0  # with hardly a failure anywhere nothing is known: users who fail always
    if f.any() and f.sum() ** 2 / (f**2).sum() >= RARE:
        lumps = max((f**2).sum() / (f * n).sum(), LUMPS)
    seen = b.rate * b.effective / lumps
    above = lumps / b.effective * stats.gamma.ppf(1 - alpha, seen + 1) - b.rate
    above = max(above, limit(0.0, max(b.variance, dispersion / b.effective)))
    upper = difference + np.hypot(above, limit(variance_a, 0.0))
    return "promote" if upper < margin else "wait"
