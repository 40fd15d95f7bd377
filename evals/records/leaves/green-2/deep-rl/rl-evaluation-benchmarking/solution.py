"""Score of the best checkpoint without the winner's curse, and its IQM over tasks."""

import numpy as np


def scores(returns, low, high):
    """Normalised return of each run's best checkpoint, (R, tasks).

    Cross-fitting: the episodes are split into folds; a checkpoint is chosen by the episodes of all
    other folds and scored on those of the one left out, which had no say in the choice. Every
    episode is used for scoring once; the choice sees nearly all of them (up to nine tenths).
    """
    returns = np.asarray(returns, dtype=float)
    low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    episodes = returns.shape[-1]
    if returns.shape[2] == 1:
        shipped = returns[:, :, 0].mean(-1)
    elif episodes < 2:
        raise ValueError("with one episode a checkpoint cannot be both chosen and scored")
    else:
        # The same numbers for all checkpoints: episodes may share seeds across them.
        fold = np.arange(episodes) % min(episodes, 10)
        total = np.zeros(returns.shape[:2])
        for f in range(fold.max() + 1):
            held = fold == f
            best = returns[..., ~held].mean(-1).argmax(-1)
            picked = np.take_along_axis(returns, best[..., None, None], axis=2)[:, :, 0]
            total += picked[..., held].sum(-1)
        shipped = total / episodes
    return (shipped - low) / (high - low)


def _iqm(values):
    """Mean of the middle half over the last axis, cut as scipy.stats.trim_mean(x, 0.25)."""
    count = values.shape[-1]
    cut = int(0.25 * count)
    return np.sort(values, axis=-1)[..., cut : count - cut].mean(-1)


def iqm_interval(scores, samples=2000, seed=0):
    """(iqm, low, high): runs and tasks pooled; 95 % percentile bootstrap over runs, by task."""
    scores = np.asarray(scores, dtype=float)
    runs, tasks = scores.shape
    rng = np.random.default_rng(seed)
    found = np.empty(samples)
    for i in range(samples):
        drawn = rng.integers(runs, size=(runs, tasks))  # each task's runs by themselves
        found[i] = _iqm(np.take_along_axis(scores, drawn, axis=0).ravel())
    low, high = np.quantile(found, [0.025, 0.975])
    return float(_iqm(scores.ravel())), float(low), float(high)
