"""IsoFLOP curves: of each budget the size of least loss, and how that size grows with compute.

Hoffmann 2022 (arXiv:2203.15556, section 3.2) lays a parabola through each curve; over a wide range
of sizes a curve is none, and on the curves of Porian 2024 (arXiv:2406.19146) parabolas over the
whole range miss the published interval of the exponent in 10 of 15 studies. The minimum of Akima's
interpolation lies in all 15 (make bench-scaling).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.intervals import Estimate, percentiles
from neural_trainer.study.scaling.points import Points
from neural_trainer.study.scaling.power_line import PowerLine, power_line

SAME_BUDGET = 0.1  # in log compute: budgets farther apart are two
FEWEST_SIZES = 4  # of one budget
FEWEST_BUDGETS = 3
FINE = 25  # places between two sizes at which the interpolation is looked at, as Porian's
SAMPLES = 200  # of the noise


@dataclass(frozen=True)
class Optimum:
    """The size of least loss of one budget; `edge`: that is an end of the curve.

    deviation: of log N, by noise.
    """

    compute: float
    params: Estimate
    tokens: float
    loss: float
    sizes: int
    edge: bool
    deviation: float


@dataclass(frozen=True, eq=False)
class IsoFlop:
    """The optima of all budgets, and the lines of N and D through those that are not at an edge.

    noise: standard deviation of a log loss about its neighbours.
    """

    optima: list[Optimum]
    params: PowerLine
    tokens: PowerLine
    noise: float


def isoflop(points: Points, seed: int = 0) -> IsoFlop:
    """Return the optima of the budgets in `points`, which have params and compute.

    The lines scatter by what noise does to the optima, where those happen to lie closer to them.
    Raises NeuralTrainerError where fewer than three budgets have a minimum between their ends.
    """
    curves = _curves(points)
    noise = _noise(curves) if curves else 0.0
    optima = [_optimum(compute, *curve, noise, seed) for compute, curve in curves.items()]
    inner = [optimum for optimum in optima if not optimum.edge]
    if len(inner) < FEWEST_BUDGETS:
        raise NeuralTrainerError(
            f"{points.source}: {len(inner)} of {len(optima)} budgets with {FEWEST_SIZES} sizes or "
            f"more have their least loss between two sizes; expected {FEWEST_BUDGETS} at least: "
            "add sizes beyond both ends, or fit --method parametric"
        )
    compute = np.array([optimum.compute for optimum in inner])
    sizes = np.array([optimum.params.value for optimum in inner])
    tokens = np.array([optimum.tokens for optimum in inner])
    scatter = float(np.sqrt(np.mean([optimum.deviation**2 for optimum in inner])))
    lines = [power_line(compute, values).widened(scatter) for values in (sizes, tokens)]
    return IsoFlop(optima, lines[0], lines[1], noise)


def _curves(points: Points) -> dict[float, tuple[Array, Array, Array]]:
    """Return log N in order, log loss and log D of each budget; of equal sizes the best."""
    logs = np.log(points.columns["compute"])
    order = np.argsort(logs, kind="stable")
    cuts = np.flatnonzero(np.diff(logs[order]) > SAME_BUDGET) + 1
    curves = {}
    for part in np.split(order, cuts):
        best: dict[float, int] = {}
        for at in part[np.argsort(points.loss[part], kind="stable")].tolist():
            best.setdefault(float(points.columns["params"][at]), at)
        if len(best) >= FEWEST_SIZES:
            rows: NDArray[np.intp] = np.array([best[size] for size in sorted(best)])
            each = [np.log(points.columns[name][rows]) for name in ("params", "loss", "tokens")]
            curves[float(np.exp(logs[part].mean()))] = (each[0], each[1], each[2])
    return curves


def _noise(curves: dict[float, tuple[Array, Array, Array]]) -> float:
    """Return how far a log loss lies from the parabola through its neighbours, as a deviation.

    Of the lower half of each curve: far above the least loss curves bend more, and are noisier.
    """
    low: list[float] = []
    high: list[float] = []
    for size, loss, _ in curves.values():
        middle = np.median(loss)
        for first in range(len(size) - 3):
            for at in (first + 1, first + 2):
                others = [place for place in range(first, first + 4) if place != at]
                weights = [
                    np.prod([(size[at] - size[j]) / (size[i] - size[j]) for j in others if j != i])
                    for i in others
                ]
                distance = abs(loss[at] - float(np.dot(weights, loss[others])))
                away = distance / np.sqrt(1 + float(np.dot(weights, weights)))
                (low if loss[at] <= middle else high).append(float(away))
    # 1.4826: a standard deviation over the median distance, of normal noise.
    return 1.4826 * float(np.median(low or high))


def _optimum(
    compute: float, size: Array, loss: Array, tokens: Array, noise: float, seed: int
) -> Optimum:
    noisy = loss + noise * np.random.default_rng(seed).standard_normal((SAMPLES, len(loss)))
    places, least = _least(size, np.concatenate([loss[None], noisy]))
    # A minimum that noise moves to an end may lie beyond it.
    below = np.where(places <= size[0], -np.inf, places)[1:]
    above = np.where(places >= size[-1], np.inf, places)[1:]
    low, high = np.exp(percentiles(below)[0]), np.exp(percentiles(above)[1])
    edge = not size[0] < places[0] < size[-1]
    why = "at the end of its curve" if edge else ""
    if not edge and not (low > 0 and np.isfinite(high)):
        why = "noise may move it beyond the curve"
    params = Estimate(float(np.exp(places[0])), float(low), float(high), why)
    most = float(np.exp(np.interp(places[0], size, tokens)))
    deviation = float(np.std(places[1:]))
    return Optimum(compute, params, most, float(np.exp(least[0])), len(size), edge, deviation)


def _least(size: Array, losses: Array) -> tuple[Array, Array]:
    """Return where Akima's interpolation of each row of losses is least, and how much it is."""
    from scipy.interpolate import Akima1DInterpolator

    fine = np.linspace(size[0], size[-1], FINE * (len(size) - 1) + 1)
    values = Akima1DInterpolator(size, losses.T)(fine)
    at = np.argmin(values, axis=0)
    return fine[at], np.take_along_axis(values, at[None], axis=0)[0]
