"""Does a window of the training log fall, stay or rise?"""

import numpy as np
from scipy import stats

KEPT = 0.9  # the trainer's moving average: shown = KEPT * shown + (1 - KEPT) * loss
ALPHA = 0.05  # two-sided; below the one in ten asked for, as noise may be a little correlated


def trend(steps, losses) -> str:
    """ "falling", "flat" or "rising"."""
    steps = np.asarray(steps, dtype=float)
    shown = np.asarray(losses, dtype=float)
    if len(steps) < 2:
        return "flat"

    # Undo the moving average, whose points are correlated over dozens of lines, to get the raw
    # losses back. This needs two neighbouring lines: pairs over a gap or with NaN are left out.
    gap = np.diff(steps)
    usual = np.median(gap[gap > 0]) if (gap > 0).any() else 1.0
    raw = (shown[1:] - KEPT * shown[:-1]) / (1 - KEPT)
    good = np.isfinite(raw) & (gap > 0) & (gap < 1.5 * usual)
    raw, at = raw[good], steps[1:][good]
    n = len(raw)
    if n < 10 or np.ptp(raw) == 0:
        return "flat"

    # Rank correlation with time: no scale, no sign, outliers count little.
    ranks = stats.rankdata(raw)
    order = stats.rankdata(at)
    ranks, order = ranks - ranks.mean(), order - order.mean()
    rho = ranks @ order / np.sqrt((ranks @ ranks) * (order @ order))

    # What is left after the line should be white; if neighbours agree, there are fewer points.
    left = ranks - order * (ranks @ order) / (order @ order)
    near = (left[1:] @ left[:-1]) / max(left @ left, 1e-300)
    near = min(max(near, 0.0), 0.9)
    free = max(n * (1 - near) / (1 + near) - 2, 3.0)
    t = rho * np.sqrt(free / max(1 - rho**2, 1e-12))
    if 2 * stats.t.sf(abs(t), free) >= ALPHA:
        return "flat"
    return "falling" if rho < 0 else "rising"
