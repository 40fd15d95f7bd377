"""Which learning rates does the loss fall at, and is the configured one among them?

After Smith 2017 (arXiv:1506.01186, section 3.3): the rate rises within one short run. It rises
evenly in its logarithm here, over seven decades, on the case's own optimizer and the first
batches. From each loss is taken what its batch cost at first, what they cost on average added; the
result is smoothed by its median over 0.3 decades to each side. Suggested is from where it has come
down a tenth of its way to a third of the rate where it is lowest. The loss leaves where, past its
lowest, it has climbed back half of its fall or is not finite; the run ends where its last five are
four times as high as it was lowest and above the first, or twice the first. A fall within three
standard deviations of the losses at rates below 2.5e-5 is none. Failed is a configured rate from
twice the one where the loss leaves on (nearer to it a run may still go well), and one a thousand
times below the range: short runs tell too little for more.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from itertools import cycle

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject, seed, take_step

ID = "lr-range"
LOWEST, HIGHEST = 1e-6, 10.0
STEPS, FEWEST_STEPS, SECONDS = 100, 30, 30.0  # fewer where these would take longer
AROUND, LAST = 0.3, 5  # decades on each side of a median; steps that end the run
BEGUN, BELOW_LOWEST = 0.1, 3.0
CLIMBED = 0.5  # of its fall
OVER_LOWEST, OVER_FIRST = 4.0, 2.0
FIRST, NOISE = 2.5e-5, 3.0  # the rates below change next to nothing; standard deviations
OVER_BLOWN, FAR_BELOW = 2.0, 1000.0

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
        return NotCheckable(
            f"the loss does not fall beyond its noise at rates from {LOWEST:g} to {HIGHEST:g}"
        )
    numbers = {"low": found.low, "high": found.high, "blown": found.blown}
    series = {name: getattr(found, name).tolist() for name in ("lr", "loss", "smoothed")}
    lr = subject.plan.lr or _configured(subject)
    ends = f"leaves at {found.blown:.1g}" if math.isfinite(found.blown) else "leaves nowhere"
    told = f"the loss falls from about {found.low:.1g} to {found.high:.1g} and {ends}"
    if lr is None:
        return Passed(f"{told}; the case names no learning rate", numbers, series)
    numbers["lr"] = lr
    if lr >= OVER_BLOWN * found.blown:
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
    rates = np.geomspace(LOWEST, HIGHEST, _affordable(subject, model))
    losses: list[float] = []
    for lr, (number, batch) in zip(rates, cycle(enumerate(subject.batches)), strict=False):
        seed(number)  # the same draws whenever the batch comes
        for group, share in zip(groups, shares, strict=True):
            group["lr"] = float(lr) * share
        losses.append(take_step(subject, model, optimizers, batch))
        if not math.isfinite(losses[-1]) or _has_left(losses):
            break
    return read_off(rates[: len(losses)], without_batch(np.array(losses), len(subject.batches)))


def _affordable(subject: Subject, model: nn.Module) -> int:
    """Return how many steps SECONDS allow, by the forward and backward pass of one batch."""
    began = time.perf_counter()
    take_step(subject, model, (), subject.batch)
    model.zero_grad(set_to_none=True)
    step_s = time.perf_counter() - began
    return max(FEWEST_STEPS, min(STEPS, int(SECONDS / step_s)))


def without_batch(loss: Array, num_batches: int) -> Array:
    """Return losses, (n,), as if all batches, which come in turn, had cost the same at first.

    >>> without_batch(np.array([1.0, 3.0, 0.5, 2.5]), 2).tolist()
    [2.0, 2.0, 1.5, 1.5]
    """
    first = loss[:num_batches]
    adjusted: Array = loss - first[np.arange(len(loss)) % len(first)] + first.mean()
    return adjusted


def smoothed(loss: Array, around: int) -> Array:
    """Return the median of each loss, (n,), with so many before and after.

    >>> smoothed(np.array([1.0, 9.0, 1.0]), 2).tolist()
    [1.0, 1.0, 1.0]
    """
    windows = [loss[max(0, i - around) : i + around + 1] for i in range(len(loss))]
    return np.array([np.median(window) for window in windows])


def _has_left(losses: list[float]) -> bool:
    if len(losses) < 2 * LAST:
        return False
    low, first = min(losses), float(np.median(losses[:LAST]))
    last = float(np.median(losses[-LAST:]))
    high = low + (OVER_LOWEST - 1) * abs(low)
    return last > max(first, high) or last > first + (OVER_FIRST - 1) * abs(first)


def read_off(lr: Array, loss: Array) -> LrRange | None:
    """Return the range that losses over rising rates show; None where they do not fall."""
    finite = np.isfinite(loss)
    ends = not finite.all()
    lr_seen, loss_seen = lr[finite], loss[finite]
    if len(loss_seen) < 5:
        return None
    around = max(1, int(AROUND / math.log10(lr[1] / lr[0])))
    smooth = smoothed(loss_seen, around)
    lowest = int(smooth.argmin())
    first = float(smooth[: max(1, len(smooth) // 20)].mean())
    fall = first - float(smooth[lowest])
    noise = float(loss_seen[lr_seen < FIRST].std())
    if lowest == 0 or fall <= max(0.01 * abs(first), NOISE * noise):
        return None
    begun = int(np.flatnonzero(smooth <= first - BEGUN * fall)[0])
    high = float(lr_seen[lowest]) / BELOW_LOWEST
    low = min(float(lr_seen[begun]), high)
    above = np.flatnonzero(smooth[lowest:] > first - CLIMBED * fall)
    blown = float(lr_seen[lowest + above[0]]) if len(above) else math.inf
    if ends:
        blown = min(blown, float(lr[len(loss_seen)]))
    return LrRange(lr_seen, loss_seen, smooth, low, high, blown)
