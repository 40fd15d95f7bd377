"""A course as one line of characters."""

from __future__ import annotations

import numpy as np

from neural_trainer.render.chart import DECADES
from neural_trainer.runs.run import Series

LEVELS = "▁▂▃▄▅▆▇█"
LARGEST = 1e300  # beyond it a difference overflows


def sparkline(series: Series, width: int) -> str:
    """Return the medians of `width` stretches of steps; a space where no finite value was logged.

    On a log scale where the values, all positive, are DECADES apart.
    """
    finite = series.finite()
    if not len(finite):
        return ""
    value = np.clip(finite.value, -LARGEST, LARGEST)
    first, last = float(series.step[0]), float(series.step[-1])
    place = (finite.step - first) / max(last - first, 1e-300) * (width - 1)
    cell = np.clip(np.round(place), 0, width - 1).astype(int)
    edges = np.searchsorted(cell, np.arange(width + 1))
    medians = [
        float(np.median(value[a:b])) if b > a else np.nan
        for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]
    known = [m for m in medians if m == m]
    low, high = min(known), max(known)
    level = np.array(medians)
    if low > 0 and high > DECADES * low:
        level, low, high = np.log10(level), float(np.log10(low)), float(np.log10(high))
    reach = high - low
    # A straight line lies in the middle: it is neither low nor high.
    share = (level - low) / reach if reach > 0 else np.where(np.isnan(level), np.nan, 0.5)
    return "".join(
        LEVELS[min(int(s * len(LEVELS)), len(LEVELS) - 1)] if s == s else " " for s in share
    )
