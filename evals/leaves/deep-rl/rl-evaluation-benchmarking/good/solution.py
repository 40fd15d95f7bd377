"""Scores of the shipped checkpoints and their interquartile mean."""

import numpy as np
from scipy.stats import trim_mean


def scores(returns, low, high):
    """Chosen by one half of the episodes, scored by the other; then the halves change places."""
    half = returns.shape[-1] // 2
    first, second = returns[..., :half].mean(-1), returns[..., half:].mean(-1)
    one = np.take_along_axis(second, first.argmax(-1)[..., None], -1)[..., 0]
    two = np.take_along_axis(first, second.argmax(-1)[..., None], -1)[..., 0]
    return ((one + two) / 2 - low) / (high - low)


def iqm_interval(scores, samples=2000, seed=0):
    """Runs are drawn anew within each task; the tasks are those there are."""
    rng = np.random.default_rng(seed)
    runs, tasks = scores.shape
    rows = rng.integers(0, runs, (samples, runs, tasks))
    drawn = scores[rows, np.arange(tasks)].reshape(samples, -1)
    low, high = np.percentile(trim_mean(drawn, 0.25, axis=1), [2.5, 97.5])
    return float(trim_mean(scores, 0.25, axis=None)), float(low), float(high)
