"""Does the loss of a window of the log still move? For a log that holds a moving average."""

import numpy as np
from scipy import stats

DECAY = 0.9  # shown = 0.9 * shown + 0.1 * loss
BLOCKS = 10
LEVEL = 0.05  # share of constant windows called moving; one in ten is allowed


def trend(steps, losses) -> str:
    """"falling", "flat" or "rising"."""
    steps = np.asarray(steps, dtype=float).ravel()
    shown = np.asarray(losses, dtype=float).ravel()
    spacing = _spacing(steps)
    known = np.isfinite(steps) & np.isfinite(shown)
    steps, shown = steps[known], shown[known]
    order = np.argsort(steps, kind="stable")
    steps, shown = steps[order], shown[order]
    last = np.append(np.diff(steps) > 0, True)[: len(steps)]  # of equal steps the later line
    steps, shown = steps[last], shown[last]
    if len(shown) < 2 * BLOCKS + 1:
        return "flat"  # too little to say more

    # Undo the average: neighbours of `shown` are correlated by 0.9, the raw losses are not. Over a
    # gap of m points what comes back is a weighted mean of the m raw losses in it.
    m = np.maximum(np.rint(np.diff(steps) / spacing), 1)
    kept = DECAY**m
    raw = (shown[1:] - kept * shown[:-1]) / (1 - kept)
    # Precision of that mean, in raw losses: 1 without a gap.
    weight = (1 - kept) ** 2 / ((1 - DECAY) ** 2 * (1 - kept**2) / (1 - DECAY**2))

    # Means of blocks, so that correlation left in the raw losses does no harm either.
    middle = raw.mean()
    y, x, w = [], [], []
    for part in np.array_split(np.arange(len(raw)), BLOCKS):
        w.append(weight[part].sum())
        y.append((weight[part] * (raw[part] - middle)).sum() / w[-1])
        x.append((weight[part] * steps[1:][part]).sum() / w[-1])
    x, y, w = np.array(x), np.array(y), np.array(w)
    x = x - np.average(x, weights=w)
    y = y - np.average(y, weights=w)
    x = x / np.ptp(x)
    spread = (w * x * x).sum()
    slope = (w * x * y).sum() / spread
    error = np.sqrt((w * (y - slope * x) ** 2).sum() / (BLOCKS - 2) / spread)
    rounding = 1e3 * np.finfo(float).eps * np.abs(shown).max()  # a constant, up to float64
    if abs(slope) <= max(stats.t.ppf(1 - LEVEL / 2, BLOCKS - 2) * error, rounding):
        return "flat"
    return "falling" if slope < 0 else "rising"


def _spacing(steps):
    """Usual distance between two lines, from all of them (a NaN line is a line)."""
    gaps = np.diff(np.unique(steps[np.isfinite(steps)]))
    return np.median(gaps) if len(gaps) else 1.0
