"""The accuracy that the winner of a sweep will have on new items, free of the winner's curse."""

from itertools import combinations

import numpy as np
from scipy.stats import norm

BLOCKS, HELD_OUT, PARTITIONS = 8, 2, 6


def _cross_validated(correct: np.ndarray, rng: np.random.Generator) -> float:
    """Choose by six eighths of the items, value by the other two; mean over all such splits. Nearly
    unbiased whatever the configurations are like, but noisy where many are equally good."""
    items = correct.shape[1]
    blocks = min(BLOCKS, items)
    splits = list(combinations(range(blocks), min(HELD_OUT, blocks - 1)))
    out = np.array([[b in split for split in splits] for b in range(blocks)], dtype=float)
    values = []
    for _ in range(PARTITIONS):
        parts = np.array_split(rng.permutation(items), blocks)
        hits = np.stack([correct[:, part].sum(1) for part in parts], 1)
        number = np.array([len(part) for part in parts]) @ out
        held = hits @ out
        chosen = (hits.sum(1, keepdims=True) - held).argmax(0)
        values.append((held[chosen, np.arange(len(splits))] / number).mean())
    return float(np.mean(values))


def _posterior(correct: np.ndarray):
    """Empirical Bayes: grid, posterior of the winner's accuracy on it, and the variance of the
    error that all configurations share (the items are the same for all, so it plays no part in the
    choice). The accuracies are drawn from a normal, a uniform, a left-skewed distribution or
    a point, perhaps with a few that stand out; averaged over all of these by their likelihood."""
    number, items = correct.shape
    m = correct.mean(1)
    winner = int(m.argmax())
    own = correct - correct.mean(0)
    own = own - own.mean(1, keepdims=True)
    s2 = (own**2).sum(1) / max(items - 1, 1) / items * number / max(number - 1, 1)
    shared = max(correct.mean(0).var(ddof=1) / items - s2.mean() / number, 0.0)
    s2 = np.maximum(s2, 0.25 * s2.mean() + 1e-8)
    s, spread, middle = np.sqrt(s2.mean()), m.std(), np.median(m)

    low, high = max(m.min() - 2 * s, -0.05), min(m.max() + 2 * s, 1.05)
    grid = np.linspace(low, high, int(np.clip((high - low) / (s / 4), 60, 600)))
    step = grid[1] - grid[0]
    sd = np.sqrt(s2)[:, None]
    like = np.exp(-0.5 * ((m[:, None] - grid) / sd) ** 2) / sd

    def pairs(a, b):
        return (x.ravel()[:, None] for x in np.meshgrid(a, b))

    def box(a, b):  # between a and b, soft at the grid's width
        return np.clip((b - grid) / step + 0.5, 0, 1) * np.clip((grid - a) / step + 0.5, 0, 1) + 1e-12

    centre = np.linspace(middle - spread - s, middle + spread + s, 25)
    edge = np.linspace(middle, m.max() + s, 24)
    widest = max(4 * s, 3 * spread)
    c, w = pairs(centre, np.geomspace(0.15 * s, widest, 12))
    shapes = [np.exp(-0.5 * ((grid - c) / np.maximum(w, step / 2)) ** 2)]
    shapes.append(np.exp(-0.5 * ((grid - centre[:, None]) / (step / 2)) ** 2))
    a, b = pairs(np.linspace(m.min() - s, middle, 14), edge)
    shapes.append(box(a, b))
    b, w = pairs(edge, np.geomspace(0.3 * s, widest, 10))
    shapes.append(box(-np.inf, b) * np.exp(np.minimum((grid - b) / w, 0)))
    log_prior = np.concatenate([np.full(len(x), -np.log(len(x))) for x in shapes])
    prior = np.concatenate(shapes)
    prior /= np.maximum(prior.sum(1, keepdims=True), 1e-300)

    bulk = like @ prior.T
    apart = np.where(grid >= middle, 1.0, 0.1)
    apart /= apart.sum()
    alone = like @ apart
    shares = np.array([0, 0.5, 1, 2, 4]) / number
    weight = np.stack([
        np.log((1 - p) * bulk + p * alone[:, None] + 1e-300).sum(0) + log_prior + np.log(q)
        for p, q in zip(shares, (0.4, 0.15, 0.15, 0.15, 0.15))
    ])
    weight = np.exp(weight - weight.max())
    density = np.zeros(len(grid))
    for p, row in zip(shares, weight):
        part = row / ((1 - p) * bulk[winner] + p * alone[winner] + 1e-300)
        density += (1 - p) * (part @ prior) + part.sum() * p * apart
    density *= like[winner]
    return grid, density / density.sum(), shared


def report(correct: np.ndarray) -> tuple[int, float, float, float]:
    """The estimate leans on cross-validation (right on average in every kind of sweep) and, with
    a third of the weight, on empirical Bayes (steadier, but it must guess the kind). The
    interval is the posterior's, but nowhere nearer to the estimate than a standard error."""
    correct = np.asarray(correct, dtype=float)
    winner = int(correct.mean(1).argmax())
    grid, density, shared = _posterior(correct)
    checked = _cross_validated(correct, np.random.default_rng(0))
    estimate = float(np.clip((2 * checked + density @ grid) / 3, 0, 1))

    error = max(shared, 1e-12) ** 0.5
    wide = np.linspace(grid[0] - 4 * error, grid[-1] + 4 * error, 500)
    kernel = max(error, (grid[1] - grid[0]) / 3)
    below = norm.cdf((wide[:, None] - grid) / kernel) @ density
    low, high = np.interp([0.05, 0.95], below, wide)
    items = correct.shape[1]
    standard = max(estimate * (1 - estimate) / items, 0.25 / items**2) ** 0.5
    low = estimate - 1.08 * (estimate - min(low, estimate - standard))
    high = estimate + 1.08 * (max(high, estimate + standard) - estimate)
    return winner, estimate, float(max(low, 0.0)), float(min(high, 1.0))
