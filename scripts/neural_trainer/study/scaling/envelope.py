"""The envelope of training curves: of each compute the run of least loss, and how its size grows.

Hoffmann 2022 (arXiv:2203.15556, section 3.1). Here each model counts once, at the middle of the
compute for which it is the best: the points of one curve are not independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.points import Points
from neural_trainer.study.scaling.power_line import PowerLine, power_line

FINE = 1500  # places on the axis of compute, as Hoffmann's
FEWEST = 3  # models that are the best somewhere, beside the smallest and the largest of them


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


def envelope(points: Points) -> Envelope:
    """Return the envelope of the curves in `points`, a curve a run, or a size where none is named.

    Raises NeuralTrainerError where fewer than five models are the best somewhere.
    """
    columns = points.columns
    groups = points.groups if points.run is not None else columns["params"]
    compute = np.log(columns["compute"])
    fine = np.linspace(compute.min(), compute.max(), FINE)
    names = np.unique(groups)
    curves = np.full((len(names), FINE), np.inf)
    for row, name in zip(curves, names, strict=True):
        own = np.flatnonzero(groups == name)
        own = own[np.argsort(compute[own], kind="stable")]
        if len(own) > 1:
            row[:] = np.interp(fine, compute[own], np.log(points.loss[own]), np.inf, np.inf)
    models = _models(points, groups, names, fine, curves)
    inner = models[1:-1]
    if len(inner) < FEWEST:
        raise NeuralTrainerError(
            f"{points.source}: {len(models)} of {len(names)} training curves have the least loss "
            f"somewhere; expected {FEWEST + 2} at least: add sizes, or fit --method parametric"
        )
    at = np.array([model.compute for model in inner])
    params = power_line(at, np.array([model.params for model in inner]))
    return Envelope(models, params, power_line(at, np.array([model.tokens for model in inner])))


def _models(points: Points, groups: Array, names: Array, fine: Array, curves: Array) -> list[Best]:
    best = np.argmin(curves, axis=0)
    best[np.isinf(curves.min(axis=0))] = -1
    models = []
    for place, name in enumerate(names):
        there = np.flatnonzero(best == place)
        if len(there):
            size = float(np.exp(np.log(points.columns["params"][groups == name]).mean()))
            middle = float(fine[there].mean())
            cost = points.columns["compute"] / points.columns["tokens"]
            tokens = np.exp(middle) / float(np.median(cost[groups == name]))
            loss = float(np.exp(np.interp(middle, fine[there], curves[place, there])))
            first, last = float(np.exp(fine[there[0]])), float(np.exp(fine[there[-1]]))
            models.append(Best(size, tokens, float(np.exp(middle)), first, last, loss))
    return sorted(models, key=lambda model: model.compute)
