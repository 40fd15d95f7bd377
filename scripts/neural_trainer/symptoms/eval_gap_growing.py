"""A held-out loss passed its best and rises while the training loss of the
same kind falls.

Every loss and every term that is logged both in training and held out is looked
at, the held-out one in up to 200 blocks; the clearest is reported. The rise, from
the best level to the median of the last fifth, counts where it exceeds what the
lowest of n noisy values lies under their mean (scatter x sqrt(2 ln n), the
expected minimum of n normal deviates) by one more scatter, 2 % of the best level,
and 3 % of what the held-out loss had gained on the first training loss (of a task
that is solved, next to nothing may treble); the training loss must have fallen
over the same stretch by 2 % of its level there. At least three evaluations, and a
tenth of all, lie after the best. A rise of less than 20 % of the best level
counts for less: a loss that grows a little beside an accuracy that holds is
usual.
"""

from __future__ import annotations

import math

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import blocks, head, smooth, tail
from neural_trainer.signals.noise import scatter
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import Pair, held_out_pairs

ID = "eval-gap-growing"
NEEDS = {"eval/loss": 5}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.02
BLOCKS = 200
AFTER = 3  # evaluations after the best
SMALL = 0.02  # share of the level
OF_GAIN = 0.03  # share of the fall from the first training loss to the best held-out one
CLEAR = 0.2  # rise over the best level that leaves no doubt
LEAST = 0.4  # strength of the smallest


def find(run: Run) -> Finding | None:
    """Return the clearest pair of a falling training and a rising held-out loss."""
    found = [finding for pair in held_out_pairs(run) if (finding := _gap(run, pair)) is not None]
    whole = [finding for finding in found if finding.numbers["whole"]]
    return max(whole or found, key=lambda finding: finding.numbers["rise_scatters"], default=None)


def _gap(run: Run, pair: Pair) -> Finding | None:
    held, train = blocks(pair.held_out.series, BLOCKS), pair.train.series
    n = len(held)
    if n < NEEDS["eval/loss"] or len(train) < NEEDS["eval/loss"]:
        return None
    level = smooth(held.value, 3 if n >= 8 else 1)
    low = int(np.argmin(level))
    if n - 1 - low < max(AFTER, n // 10):
        return None
    best, last = float(level[low]), float(np.median(tail(held.value, 0.2)))
    noise = scatter(held.value)
    rise = last - best
    chance = noise * (1.0 + math.sqrt(2 * math.log(n)))
    gained = float(np.median(head(train.value, 0.05))) - best
    if rise <= 0 or rise < max(chance, SMALL * abs(best), OF_GAIN * gained):
        return None
    turned, end = float(held.step[low]), float(held.step[-1])
    then, now = _level_at(pair, turned), float(np.median(tail(train.value, 0.1)))
    if then - now < SMALL * abs(then):
        return None
    strength = min(1.0, 0.5 + rise / (4 * chance)) if chance else 1.0
    if best > 0:
        strength *= min(1.0, max(LEAST, rise / best / CLEAR))
    sentence = (
        f"{pair.held_out.name} was best, {number(best)}, at {at(run, turned)} and is "
        f"{number(last)} by {at(run, end)}, while {pair.train.name} fell from {number(then)} "
        f"to {number(now)}."
    )
    return Finding(
        ID, turned, (turned, end), strength, (sentence,),
        {
            "best": best, "last": last, "rise": rise, "train_then": then, "train_now": now,
            "rise_scatters": rise / noise if noise else math.inf,
            "whole": float(pair.train.name == "loss"),
        },
    )  # fmt: skip


def _level_at(pair: Pair, step: float) -> float:
    """Return the level of the training loss around `step`: the median of the nearest tenth."""
    series = pair.train.series
    count = max(1, len(series) // 10)
    nearest = np.argsort(np.abs(series.step - step), kind="stable")[:count]
    return float(np.median(series.value[nearest]))
