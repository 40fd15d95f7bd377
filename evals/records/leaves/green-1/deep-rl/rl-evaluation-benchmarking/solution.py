import numpy as np
from scipy.stats import trim_mean

_FOLDS = 5


def scores(returns, low, high):
    """(R, tasks): expected return of the best checkpoint, 0 random and 1 the reference.

    The greatest of C means on the episodes that chose it would be too high. So the episodes are
    divided: each part is scored by the checkpoint that the others choose, and the parts are
    averaged (cross-fitting). Every episode is used, none judges a choice that it took part in.
    What is estimated is thus the checkpoint chosen by 4/5 of the episodes.
    """
    returns = np.asarray(returns, dtype=float)
    low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    episodes = returns.shape[-1]
    if episodes < 2 and returns.shape[2] > 1:
        raise ValueError("one episode cannot both choose a checkpoint and judge it")
    scaled = (returns - low[:, None, None]) / (high - low)[:, None, None]
    if returns.shape[2] == 1:  # nothing is chosen
        return scaled[:, :, 0].mean(-1)

    fold = np.arange(episodes) % min(_FOLDS, episodes)
    total = np.zeros(scaled.shape[:2])
    for part in range(fold.max() + 1):
        judged = scaled[..., fold == part]
        best = scaled[..., fold != part].mean(-1).argmax(-1)  # (R, tasks)
        total += np.take_along_axis(judged.sum(-1), best[..., None], -1)[..., 0]
    return total / episodes


def iqm_interval(scores, samples=2000, seed=0):
    """(IQM, low, high): 95 % percentile bootstrap over runs, drawn for each task by itself."""
    scores = np.asarray(scores, dtype=float)
    rng = np.random.default_rng(seed)
    found = np.empty(samples)
    chunk = max(1, 2_000_000 // scores.size)
    for a in range(0, samples, chunk):
        b = min(a + chunk, samples)
        drawn = rng.integers(scores.shape[0], size=(b - a, *scores.shape))
        taken = scores[drawn, np.arange(scores.shape[1])]
        found[a:b] = trim_mean(taken.reshape(b - a, -1), 0.25, axis=1)
    low, high = np.quantile(found, [0.025, 0.975])
    return float(trim_mean(scores, 0.25, axis=None)), float(low), float(high)
