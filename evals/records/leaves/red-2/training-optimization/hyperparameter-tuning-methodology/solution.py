"""Accuracy on new items of the configuration that won a sweep: the winner's curse taken out."""

import numpy as np

FOLDS, REPEATS, WEIGHT = 10, 10, 0.6
WIDTH = 1.645 * 1.15  # the correction is itself uncertain; widened by simulation


def _held_out(correct: np.ndarray) -> float:
    """Choose on most items, score the choice on the rest: unbiased for nearly the same choice,
    whatever the configurations are like, but noisy where many are close."""
    items = correct.shape[1]
    folds = min(FOLDS, items)
    rng = np.random.default_rng(0)
    masks = [
        (rng.permutation(items) % folds)[:, None] == np.arange(folds) for _ in range(REPEATS)
    ]
    held = correct.astype(np.float32) @ np.concatenate(masks, 1).astype(np.float32)
    chosen = (correct.sum(1, keepdims=True) - held).argmax(0)
    return float(held[chosen, np.arange(held.shape[1])].sum() / (REPEATS * items))


def _shrunk(correct: np.ndarray, winner: int) -> float:
    """Empirical Bayes on the differences from the mean configuration (the difficulty of items is
    common to all and cancels), with a prior of free shape, so that one may stand out. Calm, but
    somewhat high where all are equal and low where one stands out."""
    configurations, items = correct.shape
    mean = correct.mean(1)
    x = mean - mean.mean()
    rest = correct - correct.mean(0) - x[:, None]
    v = (rest**2).sum(1) / (items - 1) / items * configurations / (configurations - 1)
    v = np.maximum(0.5 * v + 0.5 * v.mean(), 1e-8)
    reach = 3 * np.sqrt(v.max())
    grid = np.union1d(np.linspace(min(x.min(), -reach), max(x.max(), reach), 101), x)
    log = -0.5 * (x[:, None] - grid) ** 2 / v[:, None]
    likelihood = np.exp(log - log.max(1, keepdims=True))
    spread = max(0.0, x.var(ddof=1) - v.mean()) + 0.15 * v.mean()
    prior = np.exp(-0.5 * grid**2 / spread) * np.gradient(grid)
    prior = 0.98 * prior / prior.sum() + 0.02 / len(grid)
    for _ in range(30):
        posterior = likelihood * prior
        prior = (posterior / posterior.sum(1, keepdims=True)).mean(0)
    posterior = likelihood[winner] * prior
    return float(mean.mean() + (posterior * grid).sum() / posterior.sum())


def report(correct: np.ndarray) -> tuple[int, float, float, float]:
    correct = np.asarray(correct, dtype=float)
    configurations, items = correct.shape
    mean = correct.mean(1)
    winner = int(mean.argmax())
    estimate = float(mean[winner])
    if configurations > 1 and items > 1:
        estimate = WEIGHT * _held_out(correct) + (1 - WEIGHT) * _shrunk(correct, winner)
    estimate = min(max(estimate, 0.0), 1.0)

    # Wilson's interval for the items' own noise
    z2 = WIDTH**2 / items
    centre = (estimate + z2 / 2) / (1 + z2)
    half = WIDTH * np.sqrt(estimate * (1 - estimate) / items + z2 / (4 * items)) / (1 + z2)
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return winner, estimate, float(min(low, estimate)), float(max(high, estimate))
