"""The objective of a fit: the sum of Huber's function over residuals of the log loss."""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.model import Model

# Of Hoffmann 2022 (arXiv:2203.15556, section 3.3). It is far below the noise of most losses: beyond
# it residuals count by their size, not by their square.
DELTA = 1e-3


def huber(residual: Array, delta: float = DELTA) -> Array:
    """Return r^2 / 2 within delta, and delta (|r| - delta / 2) beyond it.

    >>> huber(np.array([0.0005, 0.01]), 0.001).tolist()
    [1.25e-07, 9.5e-06]
    """
    size = np.abs(residual)
    near = np.minimum(size, delta)
    return np.asarray(near * (size - 0.5 * near))


def objective(
    model: Model, theta: Array, weights: Array, delta: float = DELTA
) -> tuple[Array, Array]:
    """Return the sum of Huber's function, (b,), and its gradient, (b, p).

    A sum, not a mean: the mean is so small that optimisers stop at their tolerance
    (Besiroglu 2024, arXiv:2404.10102, found the published Chinchilla fit stopped early).
    """
    predicted, gradient = model.predict_and_pull(theta)
    residual = predicted - np.log(model.loss)
    pull = weights * np.clip(residual, -delta, delta)
    return (weights * huber(residual, delta)).sum(axis=1), gradient(pull)


def inverse_hessian(model: Model, theta: Array, weights: Array, delta: float) -> Array:
    """Return a guess of the inverse Hessian, (b, p, p): that of reweighted least squares."""
    size = np.maximum(np.abs(model.predict(theta) - np.log(model.loss)), delta)
    slopes = model.slopes(theta)
    matrix = (slopes * (weights * delta / size)[:, None]) @ slopes.transpose(0, 2, 1)
    ridge = 1e-10 * np.trace(matrix, axis1=1, axis2=2)
    return np.linalg.inv(matrix + ridge[:, None, None] * np.eye(theta.shape[1]))
