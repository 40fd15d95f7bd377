"""Studies made from known laws, with stated noise."""

from __future__ import annotations

import numpy as np

from neural_trainer.study.scaling.laws import PARAMETRIC
from neural_trainer.study.scaling.model import SumOfPowers
from neural_trainer.study.scaling.points import Points

TRUTH = {"E": 1.8, "A": 480.0, "B": 2100.0, "alpha": 0.35, "beta": 0.37}
ON_SIZE = TRUTH["beta"] / (TRUTH["alpha"] + TRUTH["beta"])  # exponent of the optimal N in C


def loss_of(params, tokens, truth=TRUTH):
    """Return the loss of the law without noise."""
    e, a, b, alpha, beta = truth.values()
    return e + a / params**alpha + b / tokens**beta


def optimal_params(compute, truth=TRUTH):
    """Return N of least loss at C = 6ND, in closed form (Hoffmann 2022, section 3.3)."""
    _, a, b, alpha, beta = truth.values()
    g = (alpha * a / (beta * b)) ** (1 / (alpha + beta))
    return g * (compute / 6) ** (beta / (alpha + beta))


def spread(seed=0, count=60, noise=0.005, truth=TRUTH) -> Points:
    """Sizes of 50M to 10B, 3 to 300 tokens for each parameter."""
    generator = np.random.default_rng(seed)
    params = np.exp(generator.uniform(np.log(5e7), np.log(1e10), count))
    tokens = params * np.exp(generator.uniform(np.log(3), np.log(300), count))
    loss = loss_of(params, tokens, truth) * np.exp(generator.normal(0, noise, count))
    columns = {"params": params, "tokens": tokens, "compute": 6 * params * tokens, "loss": loss}
    return Points("made", columns)


def curves(seed=0, budgets=8, noise=0.002, low=0.15, high=7.0) -> Points:
    """IsoFLOP curves of nine sizes, from `low` to `high` times the optimal one."""
    generator = np.random.default_rng(seed)
    compute = np.repeat(np.geomspace(1e18, 1e21, budgets), 9)
    shift = np.tile(np.geomspace(low, high, 9), budgets)
    params = optimal_params(compute) * shift * np.exp(generator.normal(0, 0.1, len(shift)))
    tokens = compute / 6 / params
    loss = loss_of(params, tokens) * np.exp(generator.normal(0, noise, len(shift)))
    return Points("curves", {"params": params, "tokens": tokens, "compute": compute, "loss": loss})


def model_of(points: Points, law=PARAMETRIC) -> SumOfPowers:
    """Return the points as a fit sees them."""
    return SumOfPowers(law, points.columns, points.loss)
