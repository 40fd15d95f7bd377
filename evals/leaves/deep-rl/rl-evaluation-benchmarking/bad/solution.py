"""Scores by the best mean, and a bootstrap of all scores alike."""

import numpy as np
from scipy.stats import trim_mean


def scores(returns, low, high):
    """The highest mean return of any checkpoint."""
    return (returns.mean(-1).max(-1) - low) / (high - low)


def iqm_interval(scores, samples=2000, seed=0):
    """Draws scores from the pooled table."""
    rng = np.random.default_rng(seed)
    flat = scores.ravel()
    drawn = trim_mean(rng.choice(flat, (samples, flat.size)), 0.25, axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(trim_mean(flat, 0.25)), float(low), float(high)
