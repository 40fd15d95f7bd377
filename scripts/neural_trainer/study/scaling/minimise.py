"""Minimises many small smooth functions at once: BFGS on a batch, by numpy alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.run import Array

# Of parameters (b, p) and the places (b,) they have in the batch: values (b,), gradients (b, p).
Objective = Callable[[Array, NDArray[np.intp]], tuple[Array, Array]]
MOST_STEPS = 400
MOST_TRIALS = 30  # of the length of one step
SUFFICIENT, CURVATURE = 1e-4, 0.9  # Armijo's and Wolfe's constants (Nocedal and Wright 2006, 3.1)


def minimise(objective: Objective, start: Array, inverse_hessian: Array, tolerance: float) -> Array:
    """Return where each function of the batch is least, (b, p), from `start`, (b, p).

    A step may also be halved where the function has kinks, as that of Huber has in its second
    derivative (Lewis and Overton 2013, doi:10.1007/s10107-012-0514-2: BFGS with such a search).
    inverse_hessian: (b, p, p), a guess of it. tolerance: a function is left alone as soon as its
    quadratic model promises less than this share of its value.
    """
    place = np.arange(len(start))
    where: Array = start.copy()
    inverse: Array = inverse_hessian.copy()
    value, slope = objective(where, place)
    for _ in range(MOST_STEPS):
        direction = -np.einsum("bij,bj->bi", inverse[place], slope[place])
        promised = -np.einsum("bi,bi->b", direction, slope[place])
        goes_on = promised > tolerance * value[place]
        place, direction, promised = place[goes_on], direction[goes_on], promised[goes_on]
        if not len(place):
            break
        old = where[place], value[place], slope[place]
        new = _search(objective, place, old, direction, promised)
        fell = new[1] < old[1]
        _update(inverse, place, new[0] - old[0], new[2] - old[2])
        where[place], value[place], slope[place] = new
        place = place[fell]
    return where


def _search(
    objective: Objective, place: NDArray[np.intp], old: tuple[Array, Array, Array],
    direction: Array, promised: Array,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Return parameters, values and gradients after one step of a length that serves each."""
    where, value, slope = (part.copy() for part in old)
    low, high = np.zeros(len(place)), np.full(len(place), np.inf)
    length, left = np.ones(len(place)), np.arange(len(place))
    for _ in range(MOST_TRIALS):
        tried = old[0][left] + length[left, None] * direction[left]
        found, gradient = objective(tried, place[left])
        falls = found <= old[1][left] - SUFFICIENT * length[left] * promised[left]
        along = np.einsum("bi,bi->b", gradient, direction[left])
        flat = along >= -CURVATURE * promised[left]
        kept = left[falls]
        where[kept], value[kept], slope[kept] = tried[falls], found[falls], gradient[falls]
        high[left[~falls]] = length[left[~falls]]
        low[left[falls & ~flat]] = length[left[falls & ~flat]]
        left = left[~(falls & flat)]
        if not len(left):
            break
        middle = 0.5 * (low[left] + high[left])
        length[left] = np.where(np.isinf(high[left]), 2 * low[left], middle)
    return where, value, slope


def _update(inverse: Array, place: NDArray[np.intp], step: Array, change: Array) -> None:
    """Bring the inverse Hessians of `place` up to date, where the curvature is positive."""
    curvature = np.einsum("bi,bi->b", step, change)
    size = np.linalg.norm(step, axis=1) * np.linalg.norm(change, axis=1)
    good = curvature > 1e-14 * size
    if not good.any():
        return
    s, y, rho = step[good], change[good], 1 / curvature[good]
    left = np.eye(step.shape[1]) - rho[:, None, None] * s[:, :, None] * y[:, None, :]
    old = inverse[place[good]]
    outer = rho[:, None, None] * s[:, :, None] * s[:, None, :]
    inverse[place[good]] = left @ old @ left.transpose(0, 2, 1) + outer
