"""Scores of runs by their best checkpoint, without selection bias; IQM with bootstrap interval."""

import numpy as np
from scipy import stats


def scores(returns, low, high):
    """(R, tasks). Cross-fitting over episodes: a checkpoint is chosen by four fifths of them and
    valued by the fifth left out, which had no part in the choice; every episode is left out once.
    Averaged over several partitions (of a fixed seed), which costs no bias and saves variance.
    Larger parts to choose by come nearer to the choice that all episodes make, but are noisier."""
    returns = np.asarray(returns, dtype=float)
    low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    checkpoints, episodes = returns.shape[2:]
    if checkpoints == 1:
        value = returns[:, :, 0].mean(-1)
    elif episodes < 2:
        raise ValueError("one episode cannot both choose a checkpoint and value it")
    else:
        value, repeats = np.zeros(returns.shape[:2]), 10
        rng = np.random.default_rng(0)
        for _ in range(repeats):
            for fold in np.array_split(rng.permutation(episodes), min(episodes, 5)):
                best = np.delete(returns, fold, axis=-1).mean(-1).argmax(-1)
                held_out = returns[..., fold].sum(-1)
                value += np.take_along_axis(held_out, best[..., None], -1)[..., 0]
        value /= episodes * repeats
    return (value - low) / (high - low)


def iqm_interval(scores, samples=2000, seed=0):
    """IQM over runs and tasks; 95 % percentile bootstrap, stratified: the runs of each task are
    drawn anew, independently of the other tasks."""
    scores = np.asarray(scores, dtype=float)
    runs, tasks = scores.shape
    rng = np.random.default_rng(seed)
    drawn = np.empty(samples)
    step = max(1, 2_000_000 // scores.size)
    for start in range(0, samples, step):
        count = min(step, samples - start)
        pick = rng.integers(runs, size=(count, runs, tasks))
        resampled = np.take_along_axis(scores[None], pick, axis=1).reshape(count, -1)
        drawn[start : start + count] = stats.trim_mean(resampled, 0.25, axis=1)
    iqm = stats.trim_mean(scores, 0.25, axis=None)
    below, above = np.percentile(drawn, [2.5, 97.5])
    return float(iqm), float(below), float(above)
