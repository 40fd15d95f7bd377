import numpy as np
from scipy import stats

KEEP = 0.9  # shown = KEEP * shown + (1 - KEEP) * loss, per logged point
BLOCKS = 20
LEVEL = 0.05  # of constant windows called a trend, both directions together


def raw_losses(steps, shown):
    """(step, loss, weight): the trainer's average undone; a gap gives the mean over it."""
    steps, shown = np.asarray(steps, float), np.asarray(shown, float)
    order = np.argsort(steps, kind="stable")
    steps, shown = steps[order], shown[order]
    gaps = np.diff(steps)
    typical = np.median(gaps[gaps > 0]) if (gaps > 0).any() else 1.0
    # How many points the trainer logged between two lines that we have.
    index = np.concatenate(([0.0], np.cumsum(np.maximum(1, np.rint(gaps / typical)))))
    finite = np.isfinite(shown)
    steps, shown, index = steps[finite], shown[finite], index[finite]
    k = np.diff(index)
    left = KEEP**k
    loss = (shown[1:] - left * shown[:-1]) / (1 - left)
    # Variance of that estimate in units of the raw noise; 1 for neighbours.
    variance = (1 - KEEP) ** 2 * (1 - left**2) / (1 - KEEP**2) / (1 - left) ** 2
    middle = steps[1:] - (k - 1) / 2 * typical
    return middle, loss, 1 / variance


def trend(steps, losses) -> str:
    """"falling", "flat" or "rising": slope of block means of the raw loss, against its noise."""
    x, y, weight = raw_losses(steps, losses)
    blocks = min(BLOCKS, len(y) // 4)
    if blocks < 5:
        return "flat"
    parts = np.array_split(np.arange(len(y)), blocks)
    w = np.array([weight[p].sum() for p in parts])
    x = np.array([np.average(x[p], weights=weight[p]) for p in parts])
    size = np.abs(y).max()
    y = np.array([np.average(y[p], weights=weight[p]) for p in parts])
    x = x - np.average(x, weights=w)
    off = y - np.average(y, weights=w)
    sxx = (w * x**2).sum()
    if sxx == 0:
        return "flat"
    slope = (w * x * off).sum() / sxx
    if abs(slope) * np.ptp(x) <= 1e-11 * size:  # rounding only
        return "flat"
    error = np.sqrt((w * (off - slope * x) ** 2).sum() / (blocks - 2) / sxx)
    if abs(slope) <= stats.t.ppf(1 - LEVEL / 2, blocks - 2) * error:
        return "flat"
    return "falling" if slope < 0 else "rising"
