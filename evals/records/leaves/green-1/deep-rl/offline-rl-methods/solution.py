"""Weighted per-decision importance sampling for episodes of any length."""

import numpy as np


def weighted_per_decision(episodes, gamma: float) -> float:
    """Expected discounted return of an episode under the new policy.

    At step t every episode takes part in the normalisation. One that has ended keeps its last
    weight and has reward 0 there: among the survivors alone the estimate would be that of the
    reward given survival. Weights stay logarithms, and their largest is taken out at each step.
    """
    if not len(episodes):
        raise ValueError("no episodes")
    order = sorted(range(len(episodes)), key=lambda i: -len(episodes[i][0]))
    lengths = np.array([len(episodes[i][0]) for i in order])
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))

    def column(k):
        return np.concatenate([np.asarray(episodes[i][k], dtype=float).ravel() for i in order])

    reward, new, old = column(0), column(1), column(2)
    if not len(reward) == len(new) == len(old):
        raise ValueError("an episode's arrays differ in length")
    with np.errstate(over="ignore"):
        ratio = np.clip(new - old, -1e300, 1e300)  # sums of thousands of them stay finite

    log_weight = np.zeros(len(order))
    total, discount, active = 0.0, 1.0, len(order)
    for t in range(lengths[0]):
        while active and lengths[active - 1] <= t:
            active -= 1  # the shortest stand last
        at = starts[:active] + t
        log_weight[:active] += ratio[at]
        weight = np.exp(log_weight - log_weight.max())
        total += discount * float(weight[:active] @ reward[at]) / float(weight.sum())
        discount *= gamma
    return float(total)
