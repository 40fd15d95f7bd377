"""Whether a run shows any sign that it learns: without one it is not called healthy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from neural_trainer.runs.run import Array, Run
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import blocks, slope, smooth, tail
from neural_trainer.signals.noise import deviation, scatter
from neural_trainer.symptoms import Findings
from neural_trainer.symptoms.finding import number
from neural_trainer.symptoms.roles import (
    Part,
    held_out_metrics,
    held_out_pairs,
    is_adversarial,
    reward,
    training_loss,
)

HELD_OUT = ("eval/", "test/")
FEWEST_HELD_OUT = 5
BLOCKS = 100
ENDS = (1 / 3, 0.1)  # shares that stand for the end: a drop may come late
MUCH = 0.3  # share of the first loss: who gained it learns, whatever an accuracy says
APART = 2.0  # times the scatter: how far under its start a level has come
SMALL = 0.005  # share of the first value: less is no gain
RECOVERED = 0.3  # share of the worst level, of a run that was worse first
SIGNIFICANT = 3.0  # standard errors of a slope
FEWEST_FOR_SLOPE = 8


class Goal(NamedTuple):
    """What ought to become better. value: (n,), lower being better."""

    name: str
    value: Array


def doubt(run: Run, findings: Findings) -> str:
    """Say that nothing which ought to improve does, or that an accuracy stays; else empty.

    Of held-out figures, where some are logged, one has to. Where two networks play against each
    other no number tells.
    """
    goals = [] if is_adversarial(run) else list(_goals(run))
    if not goals:
        return ""
    if _gained(goals[0].value) < MUCH:
        constant = findings.get("accuracy-constant")
        if constant is not None:
            return f"{constant.evidence[0]} A model that learns changes some of its answers."
        for goal in goals:
            if (
                goal.name.endswith("accuracy")
                and len(goal.value) >= FEWEST_HELD_OUT
                and not goal.value.any()
            ):
                return f"{goal.name} is 0 at all {len(goal.value)} points: nothing is right."
    if any(_improves(goal.value) for goal in goals):
        return _held_out_stands(goals)
    first = goals[0]
    begun, ended = number(abs(float(first.value[0]))), number(abs(median(tail(first.value, 0.2))))
    others = f", nor does {', '.join(goal.name for goal in goals[1:])}" if len(goals) > 1 else ""
    return (
        f"Nothing shows that it learns: {first.name} was {begun} and is {ended}, no better by more "
        f"than its noise{others}. A run at its best from the start looks the same."
    )


def _held_out_stands(goals: list[Goal]) -> str:
    """Say that no held-out figure is better at the end than at first; else empty.

    One that never changes is none: who measures it may have it undefined.
    """
    held_out = [g for g in goals if g.name.startswith(HELD_OUT) and np.ptp(g.value) > 0]
    told = [goal for goal in held_out if len(goal.value) >= FEWEST_HELD_OUT]
    if not told or any(_improves(goal.value) for goal in held_out):
        return ""
    figures = [
        f"{goal.name} was {number(abs(float(goal.value[0])))} and is "
        f"{number(abs(median(tail(goal.value, 0.2))))}"
        for goal in told
    ]
    return (
        f"It learns its training data, and nothing that was held out is better for it: "
        f"{', '.join(figures)}."
    )


def _goals(run: Run) -> Iterator[Goal]:
    """Yield what ought to fall, and the negative of what ought to rise, finite and in blocks."""
    loss, rewarded = training_loss(run), reward(run)
    parts = [] if loss is None else [(loss, 1.0)]
    parts += [(pair.held_out, 1.0) for pair in held_out_pairs(run)]
    rising = [] if rewarded is None else [rewarded]
    right = run.get("accuracy")
    rising += [] if right is None else [Part("accuracy", right)]
    parts += [(part, -1.0) for part in (*rising, *held_out_metrics(run))]
    for part, sign in parts:
        value = blocks(part.series.finite(), BLOCKS).value
        if len(value):
            yield Goal(part.name, sign * value)


def _improves(value: Array) -> bool:
    """Tell whether the level of the end lies under the start, or has come down to it, or trends."""
    if len(value) < 2:
        return False
    peak = float(smooth(value, 3)[: len(value) // 2 + 1].max())
    for late in (tail(value, share) for share in ENDS):
        noise = max(deviation(late), scatter(value))
        for begun, least in ((float(value[0]), SMALL), (peak, RECOVERED)):
            gained = begun - median(late)
            if gained > APART * noise and gained > least * abs(begun):
                return True
    x = np.log1p(np.arange(len(value)))
    return len(value) >= FEWEST_FOR_SLOPE and slope(x, value).z < -SIGNIFICANT


def _gained(value: Array) -> float:
    """Return by what share of its start a level has come down."""
    return (float(value[0]) - median(tail(value, ENDS[-1]))) / max(abs(float(value[0])), 1e-12)
