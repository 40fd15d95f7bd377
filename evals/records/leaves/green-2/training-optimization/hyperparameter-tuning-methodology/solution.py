"""Accuracy on new items of the configuration that won a sweep on the same validation items."""

import numpy as np
from scipy import stats

CONFIDENCE = 0.90


def _cross_fitted(correct, folds=10, repeats=20):
    """Choose by nine tenths of the items, score on the tenth: no winner's curse, but noisy."""
    items = correct.shape[1]
    folds = min(folds, items)
    rng = np.random.default_rng(0)
    held = np.zeros((items, folds * repeats), dtype=np.float32)
    for r in range(repeats):
        held[rng.permutation(items), r * folds + np.arange(items) % folds] = 1
    inside = correct.astype(np.float32) @ held
    sizes = held.sum(0)
    rest = (correct.sum(1, keepdims=True) - inside) / np.maximum(items - sizes, 1)
    return float(inside[rest.argmax(0), np.arange(folds * repeats)].sum() / sizes.sum())


def _shrunk(correct, best, points=60, steps=150):
    """Posterior mean of the winner: empirical Bayes, the prior fitted without a shape (so that one
    that stands out is left alone). Noise is that of differences: hard items move all alike."""
    configs, items = correct.shape
    means = correct.mean(1)
    own = (correct - correct.mean(0)).var(1) * configs / (configs - 1) / items
    own = np.maximum((own + own.mean()) / 2, 0.25 / items**2)
    grid = np.linspace(means.min(), means.max(), points)
    likely = np.exp(-0.5 * (means[:, None] - grid) ** 2 / own[:, None]) + 1e-300
    weights = np.full(points, 1 / points)
    for _ in range(steps):
        weights = weights * (likely.T @ (1 / (likely @ weights))) / configs
    posterior = weights * likely[best]
    return float(posterior @ grid / posterior.sum())


def report(correct: np.ndarray) -> tuple[int, float, float, float]:
    """(winner, its expected accuracy on new items, low, high), the last two at 90 %.

    The winner's own mean is too high: it won partly by luck. The estimate is the mean of two that
    are not: cross-fitting (hardly biased, noisy) and shrinkage (precise, slightly biased).
    """
    correct = np.asarray(correct, dtype=float)
    configs, items = correct.shape
    means = correct.mean(1)
    best = int(means.argmax())
    if configs == 1 or np.ptp(means) == 0 and (correct == correct[0]).all():
        estimate, apart = means[best], 0.0
    else:
        crossed, shrunk = _cross_fitted(correct), _shrunk(correct, best)
        estimate, apart = (crossed + shrunk) / 2, (crossed - shrunk) / 2
    # Never quite without spread, even where all items are right.
    smooth = (estimate * items + 1) / (items + 2)
    error = np.sqrt(smooth * (1 - smooth) / items + apart**2)
    reach = stats.norm.ppf(0.5 + CONFIDENCE / 2) * error
    return best, float(estimate), float(max(estimate - reach, 0)), float(min(estimate + reach, 1))
