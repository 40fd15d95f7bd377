"""Whether a canary is promoted or rolled back, judged by user over several looks."""

import numpy as np
from scipy import stats

LEVEL = 0.05
LEAST_USERS = 20
FEW = 10  # failing users below which their spread is not known


class _Side:
    def __init__(self, users):
        merged: dict[str, list[int]] = {}
        for user, requests, failed in users:
            held = merged.setdefault(user, [0, 0])
            held[0] += requests
            held[1] += failed
        table = np.array([row for row in merged.values() if row[0] > 0], dtype=float).reshape(-1, 2)
        self.r, self.f = table.T
        self.n = len(table)
        self.requests = self.r.sum()
        self.rate = self.f.sum() / self.requests if self.n else 0.0
        # Users that count: one who sends most of the requests makes the others worth little.
        self.effective = self.requests**2 / (self.r**2).sum() if self.n else 0.0

    def variance(self):
        """Of the rate, a ratio of sums over users (delta method): requests of one user are not
        independent, users are."""
        rest = self.f - self.rate * self.r
        return (rest**2).sum() / self.requests**2 * self.n / (self.n - 1)


def _cluster(sides):
    """Failures that come together: variance of a sum of failures over its mean."""
    f, r = (np.concatenate([getattr(s, name) for s in sides]) for name in "fr")
    failing = f > 0
    size = (f**2).sum() / f.sum() if failing.any() else 1.0
    if failing.sum() < FEW:  # the next one to fail may be one who sends much
        share = f.sum() / r[failing].sum() if failing.any() else 1.0
        size = max(size, share * (r**2).sum() / r.sum())
    return size


def decide(
    control: list[tuple[str, int, int]],
    canary: list[tuple[str, int, int]],
    margin: float,
    looks: int,
) -> str:
    old, new = _Side(control), _Side(canary)
    if min(old.n, new.n) < LEAST_USERS:
        return "wait"
    alpha = LEVEL / max(looks, 1)
    size = max(_cluster([old, new]), _cluster([new]) if (new.f > 0).sum() >= FEW else 0.0)

    def quantile(v_old, v_new):
        """Of Student's t, with Welch's degrees of freedom by effective users."""
        terms = sum(
            v**2 / max(s.effective - 1, 1) for v, s in ((v_old, old), (v_new, new))
        )
        return stats.t.ppf(1 - alpha, max((v_old + v_new) ** 2 / terms, 1)) if terms else 0.0

    # Each variance is at least what it would be if the hypothesis to refute held: a side where
    # nobody has failed yet shows none, which does not make its rate certain.
    difference = new.rate - old.rate
    pooled = (old.f.sum() + new.f.sum()) / (old.requests + new.requests)
    v_old = max(old.variance(), size * pooled / old.requests)
    v_new = max(new.variance(), size * pooled / new.requests)
    if difference > 0 and difference > quantile(v_old, v_new) * np.sqrt(v_old + v_new):
        return "rollback"

    worst = max(old.rate + margin, 0.0)  # the canary's rate, were it just too bad
    v_old = max(old.variance(), size * pooled / old.requests)
    v_new = max(new.variance(), size * worst / new.requests)
    if difference + quantile(v_old, v_new) * np.sqrt(v_old + v_new) >= margin:
        return "wait"
    # Rare failures are skewed: so few clusters of them must be improbable at the worst rate, too.
    chance = stats.gamma.sf(worst * new.requests / size, new.f.sum() / size + 1)
    return "promote" if chance <= alpha else "wait"
