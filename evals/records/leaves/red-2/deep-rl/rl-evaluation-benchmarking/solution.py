import numpy as np
from scipy import stats


def scores(returns, low, high):
    """Normalised scores (R, tasks).

    The best checkpoint is chosen on some episodes and valued on others, in turn for every fold of
    the episodes: the mean of the folds is an unbiased estimate of what the checkpoint so chosen is
    worth, and each choice uses most of the episodes. (More folds choose a little better, but add much noise.)
    """
    returns = np.asarray(returns, dtype=float)
    episodes = returns.shape[-1]
    if episodes < 2:
        raise ValueError("with one episode none is left to value the checkpoint it chose")
    total = np.zeros(returns.shape[:2])
    for held_out in np.array_split(np.arange(episodes), min(episodes, 5)):
        # Summed anew rather than "sum minus held out": rounding must not tell of the held out.
        best = np.delete(returns, held_out, axis=-1).mean(-1).argmax(-1)
        value = returns[..., held_out].sum(-1)
        total += np.take_along_axis(value, best[..., None], -1)[..., 0]
    low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    return (total / episodes - low) / (high - low)


def iqm_interval(scores, samples=2000, seed=0):
    """IQM over all runs and tasks, with a 95 % percentile interval of the stratified bootstrap:
    runs are drawn anew within each task, tasks stay."""
    scores = np.asarray(scores, dtype=float)
    runs, tasks = scores.shape
    rng = np.random.default_rng(seed)
    drawn = np.empty(samples)
    for i in range(samples):
        index = rng.integers(runs, size=(runs, tasks))
        drawn[i] = stats.trim_mean(np.take_along_axis(scores, index, 0), 0.25, axis=None)
    lower, upper = np.percentile(drawn, [2.5, 97.5])
    return float(stats.trim_mean(scores, 0.25, axis=None)), float(lower), float(upper)
