"""The accuracy that the best of many configurations will have on new items."""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

_WIDTHS = np.array([0.0, 0.35, 0.7, 1.2, 2.0, 3.5, 6.0, 12.0])  # in units of the noise


def _density(x, mean, variance):
    return np.exp(-0.5 * (x - mean) ** 2 / variance) / np.sqrt(2 * np.pi * variance)


def _fits(x, s2):
    """Shapes that the sweep's true deviations may have: one normal lump, or two, each of every
    width. Per fit: plausibility, centres (F, 2), variances (F, 2), shares (F, 2), members (F, 2)."""
    unit, order = np.median(s2), np.sort(x)[::-1]
    tau2 = _WIDTHS**2 * unit
    a, b = (g.ravel() for g in np.meshgrid(tau2, tau2))
    starts = sorted({1, max(2, len(x) // 10), len(x) // 2})
    spread = np.stack([np.r_[[a] * len(starts)].ravel(), np.r_[[b] * len(starts)].ravel()], 1)
    size = np.repeat(starts, len(a))
    upper = np.array([order[:k].mean() for k in starts]).repeat(len(a))
    lower = np.array([order[k:].mean() for k in starts]).repeat(len(a))
    single = len(tau2)  # and the fits of one lump, whose second one has no share
    spread = np.concatenate([np.stack([tau2, tau2], 1), spread])
    centre = np.concatenate([np.full((single, 2), x.mean()), np.stack([lower, upper], 1)])
    second = np.r_[np.zeros(single), size / len(x)]
    share = np.stack([1 - second, second], 1)

    total = s2[:, None, None] + spread  # (N, F, 2)
    for _ in range(25):
        joint = share * _density(x[:, None, None], centre, total) + 1e-290
        member = joint / joint.sum(2, keepdims=True)
        precision = member / total
        centre = (precision * x[:, None, None]).sum(0) / precision.sum(0)
        share = np.maximum(member.mean(0), 1e-12)
        share[:single] = 1.0, 0.0
    joint = share * _density(x[:, None, None], centre, total) + 1e-290
    member = joint / joint.sum(2, keepdims=True)
    plausible = np.log(joint.sum(2)).sum(0)
    # two lumps have more to fit with; that one stands out is as likely beforehand as any other
    plausible[single:] -= np.log((len(plausible) - single) / single)
    weight = np.exp(plausible - plausible.max())
    return weight / weight.sum(), centre, spread, share, 1 / (member / total).sum(0)


def _held_out(correct, repeats=10, parts=10):
    """Accuracy on each tenth of the items of the configuration that the other nine choose."""
    rng, items, total, found = np.random.default_rng(0), correct.shape[1], correct.sum(1), 0.0
    parts = min(parts, items)
    for _ in range(repeats):
        part = rng.permutation(items) % parts
        held = correct @ np.eye(parts)[part]
        found += held[(total[:, None] - held).argmax(0), np.arange(parts)].sum() / items
    return found / repeats


def report(correct: np.ndarray) -> tuple[int, float, float, float]:
    correct = np.asarray(correct, dtype=float)
    configurations, items = correct.shape
    accuracy = correct.mean(1)
    taken = int(accuracy.argmax())
    level = accuracy.mean()

    # Items that are hard for all move all accuracies together and choose nobody. What chooses,
    # and so flatters, is the noise of one configuration against the others.
    common = correct.mean(0)
    own = correct - common - accuracy[:, None] + level
    free = max(items - 1, 1) * (1 - 1 / configurations)
    s2 = (own**2).sum(1) / free / items
    # The winner's own noise looks small where luck brought it near 1: take it, relative to
    # p (1 - p), from all, at an accuracy that is drawn towards the others.
    tau2 = max(accuracy.var(ddof=1) - s2.mean(), 0.0)
    drawn = level + tau2 / (tau2 + s2.mean() + 1e-12) * (accuracy - level)
    drawn = np.clip(drawn, 0.5 / items, 1 - 0.5 / items)
    ratio = s2.mean() / np.mean(drawn * (1 - drawn) / items)
    s2 = np.maximum(0.5 * s2 + 0.5 * ratio * drawn * (1 - drawn) / items, 0.1 / items**2)
    shared = common.var(ddof=1) / items
    mixed = np.mean((common - common.mean()) * own[taken]) / items

    x = accuracy - level
    weight, centre, spread, share, error = _fits(x, s2)
    d, noise = x[taken], s2[taken]
    posterior = (share * _density(d, centre, noise + spread) + 1e-290)
    # (posterior of the winner's lump within each fit; fits keep their own plausibility)
    posterior = posterior / posterior.sum(1, keepdims=True) * weight[:, None]
    keep = posterior > 1e-7
    believed = (spread / (noise + spread))[keep]
    middle = level + believed * d + (1 - believed) * centre[keep]
    # noise of what is believed of the deviation; of the lump's centre; of the level of all
    variance = believed * noise + (1 - believed) ** 2 * error[keep]
    share_of_noise = np.minimum(variance / noise, 1.0)
    variance = variance + np.maximum(shared + 2 * share_of_noise * mixed, 0.0)
    # 1.1: centres and shares were fitted to the same matrix (found by simulated sweeps)
    scale = 1.1 * np.sqrt(np.maximum(variance, 0.1 / items**2))
    posterior = posterior[keep] / posterior[keep].sum()

    def quantile(q):
        return brentq(lambda v: posterior @ norm.cdf((v - middle) / scale) - q, -3.0, 4.0)

    low, high = (float(np.clip(quantile(q), 0, 1)) for q in (0.05, 0.95))
    # Two opinions: what the shape of the sweep suggests (steady, but off where its shape is
    # another) and what held-out items say (unsteady, but right on average for any sweep). The
    # second counts for more, for the average is to be right; the interval is the first's.
    estimate = float(np.clip((posterior @ middle + 2 * _held_out(correct)) / 3, 0, 1))
    return taken, estimate, min(low, estimate), max(high, estimate)
