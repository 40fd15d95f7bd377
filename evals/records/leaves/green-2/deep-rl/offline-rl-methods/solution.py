import numpy as np


def weighted_per_decision(episodes, gamma) -> float:
    """Expected discounted return under the new policy, weights self-normalised at each step.

    An episode that has ended stays in its final state, with reward 0 and the weight that it
    had: it counts in every later denominator. Without it the late steps would be averaged
    over the survivors alone.
    """
    if len(episodes) == 0:
        raise ValueError("no episodes")
    rows = []
    for reward, new, old in episodes:
        with np.errstate(over="ignore"):
            ratio = np.asarray(new, np.float64) - np.asarray(old, np.float64)
        rows.append((np.asarray(reward, np.float64), np.clip(ratio, -1e300, 1e300).cumsum()))
    rows.sort(key=lambda row: -len(row[0]))  # those still running are then the first ones
    lengths = np.array([len(reward) for reward, _ in rows])

    ended = -np.inf  # log of the summed weights of the episodes that have ended
    for reward, log_weight in rows:
        if len(reward) == 0:
            ended = np.logaddexp(ended, 0.0)
    value, running = 0.0, int((lengths > 0).sum())
    for t in range(int(lengths.max())):
        log_weight = np.array([row[1][t] for row in rows[:running]])
        reward = np.array([row[0][t] for row in rows[:running]])
        top = max(log_weight.max(), ended)
        weight = np.exp(log_weight - top)
        value += gamma**t * (weight @ reward) / (weight.sum() + np.exp(ended - top))
        still = int((lengths > t + 1).sum())
        if still < running:
            ended = np.logaddexp(ended, np.logaddexp.reduce(log_weight[still:]))
            running = still
    return float(value)
