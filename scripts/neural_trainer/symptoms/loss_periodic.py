"""The loss repeats itself: the same ups and downs, epoch after epoch.

After the first tenth, what is left of up to 400 points of the training loss
beside its running median correlates by 0.5 or more with itself one period on,
and by 0.3 two periods on; the period is at least 4 points and fits three times
into the run. Shuffled data has no period; data in a fixed order has that of
the epoch. A learning rate that comes back again and again takes the loss along:
where it rises twice or more it is not looked for.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Array, Run
from neural_trainer.signals.course import blocks, smooth
from neural_trainer.signals.phases import phases
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-periodic"
NEEDS = {"loss": 24}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.01
BLOCKS = 400
ONCE, TWICE = 0.5, 0.3
SHORTEST = 4
RESTARTS = 2


def find(run: Run) -> Finding | None:
    """Return the period of the training loss."""
    part = training_loss(run)
    if part is None:
        return None
    course = blocks(part.series.finite(), BLOCKS)
    course = course.where(np.arange(len(course)) >= len(course) // 10)
    if len(course) < 20:
        return None
    lr = run.get("lr")
    if lr is not None and sum(p.kind == "rises" for p in phases(lr)) >= RESTARTS:
        return None
    longest = len(course) // 3
    rest = course.value - smooth(course.value, 2 * (longest // 2) + 1)
    spread = 3 * float(np.median(np.abs(rest)))
    rest = np.clip(rest, -spread, spread) if spread > 0 else rest
    alike = _alike(rest, min(2 * longest, len(rest) - 4))
    best = max(
        range(SHORTEST, longest + 1), key=lambda lag: alike[lag] if lag < len(alike) else -1.0
    )
    if not _is_peak(alike, best) or alike[best] < ONCE:
        return None
    if 2 * best < len(alike) and alike[2 * best] < TWICE:
        return None
    begin, end = float(course.step[0]), float(course.step[-1])
    period = best * float(np.median(np.diff(course.step)))
    sentence = (
        f"{part.name} repeats itself every {number(period)} {run.axis}s from {at(run, begin)} on "
        f"(correlation {alike[best]:.2f})."
    )
    return Finding(
        ID, begin, (begin, end), min(1.0, float(alike[best]) + 0.3), (sentence,),
        {"period": period, "correlation": float(alike[best])},
    )  # fmt: skip


def _alike(value: Array, longest: int) -> Array:
    """Return the autocorrelation of `value` at lags 0 to `longest`."""
    value = value - value.mean()
    lags = np.arange(longest + 1)
    products = np.correlate(value, value, "full")[len(value) - 1 :][: longest + 1]
    squares = value * value
    early, late = squares.cumsum()[::-1], squares[::-1].cumsum()[::-1]
    size = np.sqrt(early[lags] * late[lags])
    return np.where(size > 0, products / np.where(size > 0, size, 1.0), 0.0)


def _is_peak(alike: Array, lag: int) -> bool:
    """Tell whether the correlation at `lag` stands out from those at shorter ones."""
    return lag + 1 < len(alike) and bool(
        alike[lag] >= alike[lag - 1] - 0.02
        and alike[lag] >= alike[lag + 1] - 0.02
        and float(alike[1:lag].min()) < alike[lag] - 0.3
    )
