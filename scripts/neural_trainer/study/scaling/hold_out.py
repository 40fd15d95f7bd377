"""Whether a law foretells: fitted without the runs of the most compute, it must predict these."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.bootstrap import bootstrap, draws
from neural_trainer.study.scaling.fit import Fit, refit
from neural_trainer.study.scaling.intervals import Estimate, percentiles
from neural_trainer.study.scaling.model import Model

SHARE = 0.2  # of the points, those of the most compute
FEWEST = 3
SAMPLES = 200
Verdict = Literal["holds", "fails", "inconclusive"]


@dataclass(frozen=True)
class HoldOut:
    """How the held-out points compare to what the others foretell of them.

    error: mean of log(loss / predicted), with its 95 % interval. inside: share of held-out losses
    in their own prediction interval. reach: the largest compute over the largest that was fitted.
    """

    count: int
    reach: float
    error: Estimate
    inside: float
    verdict: Verdict


def hold_out(
    model: Model, found: Fit, compute: Array, groups: Array, delta: float, seed: int
) -> HoldOut | None:
    """Return how the law foretells the points of the most compute; None where too few are left.

    It fails where the interval of the mean error excludes zero, and is inconclusive where that
    interval is wider than the fall of the loss from the fitted points to those held out.
    """
    held = compute > np.quantile(compute, 1 - SHARE)
    rest = ~held
    if held.sum() < FEWEST or rest.sum() < 2 * len(found.theta):
        return None
    logs = np.log(model.loss)
    theta = refit(model, found, rest[None].astype(np.float64), delta)
    predicted = model.predict(theta)[0]
    residual = logs - predicted
    weights = np.zeros((SAMPLES, len(logs)))
    weights[:, rest] = draws(groups[rest], SAMPLES, seed)
    samples = bootstrap(model, replace(found, theta=theta[0]), weights, delta)
    shifts = model.predict(samples)[:, held] - predicted[held]
    generator = np.random.default_rng(seed)
    spread = shifts + generator.choice(residual[rest], shifts.shape)  # of new losses about it
    low, high = percentiles(spread.mean(axis=1))
    mean = float(residual[held].mean())
    ends = np.quantile(spread, (0.025, 0.975), axis=0)
    inside = float(((ends[0] <= residual[held]) & (residual[held] <= ends[1])).mean())
    fall = float(np.median(logs[rest]) - np.median(logs[held]))
    verdict: Verdict = "holds" if low <= mean <= high else "fails"
    if high - low > abs(fall):
        verdict = "inconclusive"
    reach = float(compute[held].max() / compute[rest].max())
    error = Estimate(mean, mean - high, mean - low)
    return HoldOut(int(held.sum()), reach, error, inside, verdict)
