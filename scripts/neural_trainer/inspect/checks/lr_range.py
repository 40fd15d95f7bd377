"""Which learning rates does the loss fall at, and is the configured one among them?

After Smith 2017 (arXiv:1506.01186, section 3.3): the rate rises within one short run. It rises
evenly in its logarithm here, over seven decades, on the case's own optimizer and the first
batches, and the loss is smoothed (0.9, freed of its bias). Suggested is from where the smoothed
loss has come down a tenth of its way to a third of the rate where it is lowest. The loss leaves
where, past its lowest, it is above the first again or not finite; the run ends where it is also
four times as high as it was lowest, or twice the first. Failed is a configured rate from where the
loss leaves on, and one a hundred times below the range; short runs tell too little for more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject, seed, take_step

ID = "lr-range"
LOWEST, HIGHEST = 1e-6, 10.0
STEPS = 100
SMOOTH = 0.9
BEGUN, BELOW_LOWEST = 0.1, 3.0
OVER_LOWEST, OVER_FIRST = 4.0, 2.0
FAR_BELOW = 100.0

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LrRange:
    """lr, loss, smoothed: (n,). low, high: suggested. blown: where the loss left, or inf."""

    lr: Array
    loss: Array
    smoothed: Array
    low: float
    high: float
    blown: float


def check(subject: Subject) -> Outcome:
    """Take the steps on a copy and read the range off the losses."""
    found = measure(subject)
    if found is None:
        return NotCheckable(f"the loss does not fall at any rate from {LOWEST:g} to {HIGHEST:g}")
    numbers = {"low": found.low, "high": found.high, "blown": found.blown}
    series = {name: getattr(found, name).tolist() for name in ("lr", "loss", "smoothed")}
    lr = subject.plan.lr or _configured(subject)
    ends = f"leaves at {found.blown:.1g}" if math.isfinite(found.blown) else "leaves nowhere"
    told = f"the loss falls from about {found.low:.1g} to {found.high:.1g} and {ends}"
    if lr is None:
        return Passed(f"{told}; the case names no learning rate", numbers, series)
    numbers["lr"] = lr
    if lr >= found.blown:
        return Failed(f"the learning rate is {lr:g}; {told}", "lr-too-high",
                      f"take {found.high:.1g} or less", numbers, series)  # fmt: skip
    if lr * FAR_BELOW < found.low:
        return Failed(f"the learning rate is {lr:g}; {told}", "lr-too-low",
                      f"take {found.low:.1g} to {found.high:.1g}", numbers, series)  # fmt: skip
    return Passed(f"{told}; configured is {lr:g}", numbers, series)


def _configured(subject: Subject) -> float | None:
    """Return the largest rate of the optimizers: the peak, where a schedule has set another."""
    groups = [group for optimizer in subject.optimizers for group in optimizer.param_groups]
    return max((float(g.get("initial_lr", g["lr"])) for g in groups), default=None)


def measure(subject: Subject) -> LrRange | None:
    """Return the losses over rising rates with the range; None where no rate brings it down."""
    model, optimizers = subject.copy()
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    peak = max(float(group.get("initial_lr", group["lr"])) for group in groups)
    shares = [float(g.get("initial_lr", g["lr"])) / peak if peak else 1.0 for g in groups]
    rates = np.geomspace(LOWEST, HIGHEST, STEPS)
    losses: list[float] = []
    seed()
    for lr, batch in zip(rates, cycle(subject.batches), strict=False):
        for group, share in zip(groups, shares, strict=True):
            group["lr"] = float(lr) * share
        losses.append(take_step(subject, model, optimizers, batch))
        if not math.isfinite(losses[-1]) or _left(smoothed(np.array(losses))):
            break
    return read_off(rates[: len(losses)], np.array(losses))


def smoothed(loss: Array) -> Array:
    """Return the exponential average of losses, (n,), freed of its bias towards zero.

    >>> smoothed(np.array([2.0, 2.0])).tolist()
    [2.0, 2.0]
    """
    average, out = 0.0, np.empty(len(loss))
    for index, value in enumerate(loss):
        average = SMOOTH * average + (1 - SMOOTH) * float(value)
        out[index] = average / (1 - SMOOTH ** (index + 1))
    return np.round(out, 12)


def _left(smooth: Array) -> bool:
    low, first = float(smooth.min()), float(smooth[0])
    return float(smooth[-1]) > max(first, low + OVER_LOWEST * abs(low)) or (
        float(smooth[-1]) > first + (OVER_FIRST - 1) * abs(first)
    )


def read_off(lr: Array, loss: Array) -> LrRange | None:
    """Return the range that losses over rising rates show; None where they do not fall."""
    finite = np.isfinite(loss)
    ends = not finite.all()
    lr_seen, loss_seen = lr[finite], loss[finite]
    if len(loss_seen) < 5:
        return None
    smooth = smoothed(loss_seen)
    lowest = int(smooth.argmin())
    first = float(smooth[: max(1, len(smooth) // 20)].mean())
    fall = first - float(smooth[lowest])
    if lowest == 0 or fall <= 0.01 * abs(first):
        return None
    begun = int(np.flatnonzero(smooth <= first - BEGUN * fall)[0])
    high = float(lr_seen[lowest]) / BELOW_LOWEST
    low = min(float(lr_seen[begun]), high)
    above = np.flatnonzero(smooth[lowest:] > first)
    blown = float(lr_seen[lowest + above[0]]) if len(above) else math.inf
    if ends:
        blown = min(blown, float(lr[len(loss_seen)]))
    return LrRange(lr_seen, loss_seen, smooth, low, high, blown)
