"""Fits a law to points: many starts, one objective, and whether each parameter left its start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.run import Array
from neural_trainer.study.scaling import huber
from neural_trainer.study.scaling.laws import Law
from neural_trainer.study.scaling.minimise import minimise
from neural_trainer.study.scaling.model import Model

NUM_STARTS = 8
TOLERANCE = 1e-10  # share of the objective; 1e-6 already gives the same intervals to 4 digits
MOVED = 1e-6  # of a parameter as it is fitted: less than any step of the search
AGREE = 1e-4  # share of the objective within which two starts have found the same optimum


@dataclass(frozen=True, eq=False)
class Fit:
    """A law with the parameters that fit best.

    theta: (p,), as fitted (laws.Law.logged as logarithms). start: (p,), where the best start began.
    residual: (n,), logarithm of loss over prediction. agreeing: how many of the NUM_STARTS starts
    ended at this optimum.
    """

    law: Law
    theta: Array
    start: Array
    objective: float
    residual: Array
    agreeing: int

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters as they stand in the formula."""
        return dict(zip(self.law.parameters, self.law.plain(self.theta).tolist(), strict=True))

    @property
    def unmoved(self) -> tuple[str, ...]:
        """Parameters that never left their start: the fit of these has failed."""
        same = np.abs(self.theta - self.start) < MOVED
        return tuple(np.array(self.law.parameters)[same].tolist())


def fit(model: Model, delta: float = huber.DELTA) -> Fit:
    """Return the best fit of the model to all of its points, each of which counts once."""
    weights = np.ones((1, model.loss.size))
    begun = model.starts(weights, NUM_STARTS)[0]
    ended = _polish(model, np.repeat(weights, len(begun), axis=0), begun, delta)
    values = huber.objective(model, ended, weights, delta)[0]
    best = int(np.argmin(values))
    agreeing = int((values <= values[best] * (1 + AGREE)).sum())
    residual = np.log(model.loss) - model.predict(ended[best : best + 1])[0]
    return Fit(model.law, ended[best], begun[best], float(values[best]), residual, agreeing)


def refit(model: Model, found: Fit, weights: Array, delta: float = huber.DELTA) -> Array:
    """Return the best parameters for each row of `weights`, (b, p).

    Each row has two starts: its own by least squares, and the fit of all points.
    """
    own = model.starts(weights, 1)[:, 0]
    both = np.concatenate([own, np.repeat(found.theta[None], len(weights), axis=0)])
    twice = np.concatenate([weights, weights])
    ended = _polish(model, twice, both, delta)
    first, second = np.split(huber.objective(model, ended, twice, delta)[0], 2)
    return np.where((first < second)[:, None], *np.split(ended, 2))


def _polish(model: Model, weights: Array, start: Array, delta: float) -> Array:
    """Return where the objective is least, (b, p), from each row of `start`."""

    def objective(theta: Array, place: NDArray[np.intp]) -> tuple[Array, Array]:
        return huber.objective(model, theta, weights[place], delta)

    guess = huber.inverse_hessian(model, start, weights, delta)
    return minimise(objective, start, guess, TOLERANCE)
