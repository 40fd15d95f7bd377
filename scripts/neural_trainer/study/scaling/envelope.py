"""The envelope of training curves: of each compute the run of least loss, and how its size grows.

Hoffmann 2022 (arXiv:2203.15556, section 3.1). Curves are smoothed first, else noise chooses the
least. Each model counts once, at the middle of the compute for which it is the best: the points of
one curve are not independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.points import Points
from neural_trainer.study.scaling.power_line import PowerLine, power_line

FINE = 1500  # places on the axis of compute, as Hoffmann's
BINS = 60  # of the compute of one curve, each of one mean
REACH = 3.0  # bins: deviation of the bell by which neighbours count
FEWEST_SMOOTHED = 12  # bins of a curve; one of fewer is taken as it is
FEWEST = 3  # models that are the best somewhere, beside the smallest and the largest of them
SAMPLES = 200  # of the noise about the smoothed curves


@dataclass(frozen=True)
class Best:
    """A model and the compute between which no other curve is lower."""

    params: float
    tokens: float
    compute: float
    since: float
    until: float
    loss: float


@dataclass(frozen=True, eq=False)
class Envelope:
    """The models of the envelope, and the lines of N and D through all but the first and last.

    The first and the last have no neighbour that would end the compute for which they are the best.
    """

    models: list[Best]
    params: PowerLine
    tokens: PowerLine


class Smoothed(NamedTuple):
    """A curve without its noise: log compute, log loss, what is left over, and the smoother."""

    at: Array
    value: Array
    residual: Array
    smoother: Array


def envelope(points: Points, seed: int = 0) -> Envelope:
    """Return the envelope of the curves in `points`, a curve a run, or a size where none is named.

    Noise moves the ends of neighbouring models together, which their scatter about the line does
    not show: where curves drawn anew from their noise scatter more, the intervals are theirs.
    Raises NeuralTrainerError where fewer than five models are the best somewhere.
    """
    columns = points.columns
    groups = points.groups if points.run is not None else columns["params"]
    compute, loss = np.log(columns["compute"]), np.log(points.loss)
    each = columns["compute"] / columns["tokens"]
    curves, sizes, costs = [], [], []
    for name in np.unique(groups):
        own = np.flatnonzero(groups == name)
        own = own[np.argsort(compute[own], kind="stable")]
        if len(own) > 1 and compute[own[-1]] > compute[own[0]]:
            curves.append(smoothed(compute[own], loss[own]))
            sizes.append(float(np.exp(np.log(columns["params"][own]).mean())))
            costs.append(float(np.median(each[own])))
    fine = np.linspace(compute.min(), compute.max(), FINE)
    models = _models(fine, _on(fine, curves), sizes, costs) if curves else []
    inner = models[1:-1]
    if len(inner) < FEWEST:
        raise NeuralTrainerError(
            f"{points.source}: {len(models)} of {len(np.unique(groups))} training curves have the "
            f"least loss somewhere; expected {FEWEST + 2} at least: add sizes, or fit --method "
            "parametric"
        )
    drawn = _drawn_slopes(fine, curves, np.log(sizes), seed)
    at = np.array([model.compute for model in inner])
    params = power_line(at, np.array([model.params for model in inner]))
    tokens = power_line(at, np.array([model.tokens for model in inner]))
    return Envelope(models, _widened(params, drawn), _widened(tokens, drawn))


def smoothed(x: Array, y: Array) -> Smoothed:
    """Return means of bins and parabolas through their neighbours; x: (n,), in order."""
    width = (x[-1] - x[0]) / BINS
    place = np.minimum(((x - x[0]) / width).astype(int), BINS - 1)
    count = np.bincount(place, minlength=BINS)
    there = count > 0
    centre = np.bincount(place, x, BINS)[there] / count[there]
    mean = np.bincount(place, y, BINS)[there] / count[there]
    if len(mean) < FEWEST_SMOOTHED:
        return Smoothed(centre, mean, np.zeros_like(mean), np.eye(len(mean)))
    away = (centre - centre[:, None]) / (REACH * width)  # (at, neighbour)
    weights = np.exp(-0.5 * away**2)
    table = np.stack([np.ones_like(away), away, away**2], axis=2)
    matrix = np.einsum("ij,ijk,ijl->ikl", weights, table, table)
    smoother = np.linalg.solve(matrix, (weights[:, :, None] * table).transpose(0, 2, 1))[:, 0]
    value = smoother @ mean
    freedom = max(len(mean) - float(np.trace(smoother)), 1.0)
    residual = (mean - value) * np.sqrt(len(mean) / freedom)  # of the size of the noise itself
    return Smoothed(centre, value, residual, smoother)


def _on(fine: Array, curves: list[Smoothed]) -> Array:
    """Return the log losses of the curves at each place, infinite where a curve is not."""
    return np.stack([np.interp(fine, c.at, c.value, np.inf, np.inf) for c in curves])


def _models(fine: Array, losses: Array, sizes: list[float], costs: list[float]) -> list[Best]:
    best = np.where(np.isinf(losses.min(axis=0)), -1, np.argmin(losses, axis=0))
    models = []
    for place, (size, cost) in enumerate(zip(sizes, costs, strict=True)):
        there = np.flatnonzero(best == place)
        if len(there):
            middle = float(fine[there].mean())
            loss = float(np.exp(np.interp(middle, fine[there], losses[place, there])))
            first, last = float(np.exp(fine[there[0]])), float(np.exp(fine[there[-1]]))
            tokens = float(np.exp(middle)) / cost
            models.append(Best(size, tokens, float(np.exp(middle)), first, last, loss))
    return sorted(models, key=lambda model: model.compute)


def _drawn_slopes(fine: Array, curves: list[Smoothed], sizes: Array, seed: int) -> Array:
    """Return the exponents of N with each curve's noise drawn anew; too short ones are left out."""
    generator = np.random.default_rng(seed)
    slopes = []
    for _ in range(SAMPLES):
        noisy = [
            c._replace(value=c.value + c.smoother @ generator.choice(c.residual, len(c.residual)))
            for c in curves
        ]
        losses = _on(fine, noisy)
        best = np.where(np.isinf(losses.min(axis=0)), -1, np.argmin(losses, axis=0))
        found = [(float(fine[best == k].mean()), size) for k, size in enumerate(sizes)
                 if (best == k).any()]  # fmt: skip
        inner = np.array(sorted(found)[1:-1])
        if len(inner) >= FEWEST:
            slopes.append(float(np.polyfit(inner[:, 0], inner[:, 1], 1)[0]))
    return np.array(slopes)


def _widened(line: PowerLine, slopes: Array) -> PowerLine:
    """Return the line with the scatter by which drawn exponents vary, where that is larger."""
    if len(slopes) < SAMPLES // 2:
        return line
    return line.widened(float(np.std(slopes) * np.sqrt(line.spread)))
