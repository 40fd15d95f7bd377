"""Laws of learning rate and batch size: the optimum of each grid, and how it moves with N and D.

Step Law (Li 2025, arXiv:2503.04715) finds lr = 1.79 N^-0.713 D^0.307, and of a batch in tokens
0.58 D^0.571; Porian 2024 (arXiv:2406.19146) fits powers of N alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.intervals import Estimate, percentiles, student
from neural_trainer.study.scaling.points import Points

NEAR = 0.3  # of a grid's points, those of the least loss: the valley, where a parabola fits
FEWEST = 12  # points of a grid that are fitted: six coefficients, and as many again
SAMPLES = 400
SAME = 0.01  # share within which two sizes are one
KINDS = ("lr", "batch")


@dataclass(frozen=True)
class GridOptimum:
    """Of one N and D: the learning rate and the batch of least loss by a parabola in logarithms."""

    params: float
    tokens: float
    points: int
    lr: Estimate
    batch: Estimate


@dataclass(frozen=True)
class HyperparameterLaw:
    """lr or batch = coefficient N^on_params D^on_tokens; an exponent may be absent."""

    kind: str
    coefficient: Estimate
    on_params: Estimate | None
    on_tokens: Estimate | None
    grids: int


def hyperparameters(
    points: Points, seed: int = 0
) -> tuple[list[GridOptimum], list[HyperparameterLaw]]:
    """Return the optimum of each grid and the laws through those that are identified.

    points: with params, tokens, lr and batch. Raises NeuralTrainerError where no grid is large
    enough.
    """
    columns = points.columns
    keys = np.stack([np.round(np.log(columns[n]) / SAME) for n in ("params", "tokens")], axis=1)
    _, member = np.unique(keys, axis=0, return_inverse=True)
    member = member.ravel()
    optima = []
    for grid in range(int(member.max()) + 1):
        own = points.where(member == grid)
        if len(own) >= FEWEST:
            optima.append(_optimum(own, seed))
    if not optima:
        raise NeuralTrainerError(
            f"{points.source}: no size has {FEWEST} points of learning rate and batch; expected a "
            "grid of both at each number of parameters and tokens"
        )
    return optima, [law for kind in KINDS if (law := _law(kind, optima)) is not None]


def _optimum(grid: Points, seed: int) -> GridOptimum:
    columns = grid.columns
    count = min(len(grid), max(FEWEST, round(NEAR * len(grid))))
    near = np.argsort(grid.loss, kind="stable")[:count]
    x, y = np.log(columns["lr"][near]), np.log(columns["batch"][near])
    z = np.log(grid.loss[near])
    generator = np.random.default_rng(seed)
    weights = np.ones((SAMPLES + 1, count))
    weights[1:] = generator.multinomial(count, np.full(count, 1 / count), SAMPLES)
    found = np.array([_valley(x, y, z, row) for row in weights])
    told = []
    for at, values in enumerate((x, y)):
        ends = np.log(columns[KINDS[at]]).min(), np.log(columns[KINDS[at]]).max()
        own = found[:, at]
        lost = ~np.isfinite(own)
        low = percentiles(np.where(lost | (own < ends[0]), -np.inf, own)[1:])[0]
        high = percentiles(np.where(lost | (own > ends[1]), np.inf, own)[1:])[1]
        why = "" if np.isfinite(low) and np.isfinite(high) else "no valley within the grid"
        best = float(own[0]) if np.isfinite(own[0]) else float(values[0])
        told.append(Estimate(float(np.exp(best)), float(np.exp(low)), float(np.exp(high)), why))
    middle = [float(np.exp(np.log(columns[name]).mean())) for name in ("params", "tokens")]
    return GridOptimum(middle[0], middle[1], len(grid), told[0], told[1])


def _valley(x: Array, y: Array, z: Array, weights: Array) -> tuple[float, float]:
    """Return where a parabola in x and y is least; NaN where it has no least value."""
    x0, y0 = float(x.mean()), float(y.mean())
    u, v = x - x0, y - y0
    root = np.sqrt(weights)
    table = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=1)
    fit = np.linalg.lstsq(table * root[:, None], z * root, rcond=None)[0]
    curvature = np.array([[2 * fit[3], fit[4]], [fit[4], 2 * fit[5]]])
    if fit[3] <= 0 or np.linalg.det(curvature) <= 0:
        return float("nan"), float("nan")
    at = -np.linalg.solve(curvature, fit[1:3])
    return float(at[0]) + x0, float(at[1]) + y0


def _law(kind: str, optima: list[GridOptimum]) -> HyperparameterLaw | None:
    """Return the power law of the optima; None where they are of one size or too few."""
    known = [o for o in optima if (o.lr if kind == "lr" else o.batch).identified]
    values = np.log([(o.lr if kind == "lr" else o.batch).value for o in known])
    rows = {
        "params": np.log([o.params for o in known]),
        "tokens": np.log([o.tokens for o in known]),
    }
    used = [name for name, row in rows.items() if len(row) and np.ptp(row) > SAME]
    if len(known) < len(used) + 2 or not used:
        return None
    table = np.stack([np.ones(len(known)), *(rows[name] for name in used)], axis=1)
    best, _, rank, _ = np.linalg.lstsq(table, values, rcond=None)
    if rank < table.shape[1]:
        return None
    freedom = len(known) - table.shape[1]
    variance = float(((values - table @ best) ** 2).sum()) / freedom
    errors = np.sqrt(variance * np.diag(np.linalg.inv(table.T @ table)))
    told = [student(float(b), float(e), freedom) for b, e in zip(best, errors, strict=True)]
    exponents = dict(zip(used, told[1:], strict=True))
    value, low, high = (float(np.exp(min(v, 700))) for v in (told[0].value, *told[0].interval))
    first = Estimate(value, low, high)
    return HyperparameterLaw(
        kind, first, exponents.get("params"), exponents.get("tokens"), len(known)
    )
