"""Does the training loss still move? From a log of its exponential moving average."""

import numpy as np
from scipy import stats

DECAY = 0.9
LEVEL = 0.05  # two-sided; at most one constant window in ten may be called a trend
FEWEST = 12


def trend(steps, losses) -> str:
    """ "falling", "flat" or "rising" for a window of the log.

    Neighbouring points of the average are far from independent, so it is undone first; the raw
    losses then get a rank test (no scale, no sign, little harm from outliers).
    """
    steps = np.asarray(steps, dtype=np.float64)
    shown = np.asarray(losses, dtype=np.float64)
    if len(shown) < 2:
        return "flat"
    gap = np.diff(steps)
    usual = np.median(gap[gap > 0]) if (gap > 0).any() else 0.0
    # Only between neighbours in the log: across a missing line or a NaN we do not know how
    # often the average was updated.
    with np.errstate(invalid="ignore", over="ignore"):
        raw = (shown[1:] - DECAY * shown[:-1]) / (1 - DECAY)
    good = np.isfinite(raw) & (gap > 0) & (gap < 1.5 * usual)
    x, y = steps[1:][good], raw[good]
    if len(y) < FEWEST:
        return "flat"
    if np.ptp(y) <= 1e-12 * np.abs(shown[np.isfinite(shown)]).max():
        return "flat"  # constant up to the rounding of floats
    test = stats.kendalltau(x, y)
    if not test.pvalue < LEVEL:
        return "flat"
    return "falling" if test.statistic < 0 else "rising"
