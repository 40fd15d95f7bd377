"""What one curve shows, in numbers: where it began, ended and was best, and how it moves now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neural_trainer.runs.run import Series
from neural_trainer.signals.course import blocks, head, slope, tail
from neural_trainer.signals.noise import scatter

BLOCKS = 200


@dataclass(frozen=True)
class Summary:
    """One series in numbers.

    first, last: medians of the first and last twentieth (three points at least). best: by the
    signal's direction, NaN where it has none. trend_z: slope of the last third in standard errors.
    scatter: standard deviation of the noise. nonfinite: points that are NaN or infinite.
    """

    points: int
    first_step: float
    last_step: float
    first: float
    last: float
    best: float
    best_step: float
    scatter: float
    trend_z: float
    nonfinite: int


def summarise(series: Series, better: str | None) -> Summary:
    """Return `series`, of at least one point, in numbers."""
    finite = series.finite()
    nan = float("nan")
    best = best_step = first = last = nan
    trend = 0.0
    if len(finite):
        first = float(np.median(head(finite.value, 0.05)))
        last = float(np.median(tail(finite.value, 0.05)))
        if better is not None:
            index = int(np.argmin(finite.value) if better == "lower" else np.argmax(finite.value))
            best, best_step = float(finite.value[index]), float(finite.step[index])
        course = blocks(finite, BLOCKS)
        third = max(4, len(course) // 3)
        if len(course) >= 4:
            trend = slope(course.step[-third:], course.value[-third:]).z
    return Summary(
        points=len(series),
        first_step=float(series.step[0]),
        last_step=float(series.step[-1]),
        first=first,
        last=last,
        best=best,
        best_step=best_step,
        scatter=scatter(finite.value),
        trend_z=trend,
        nonfinite=len(series) - len(finite),
    )
