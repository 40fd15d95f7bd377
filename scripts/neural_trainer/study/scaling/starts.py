"""Where a fit starts: the best of a grid of exponents, coefficients by least squares in each.

With its exponents given, a law is linear in E and the coefficients, none of which is negative:
least squares gives them (variable projection: Golub and Pereyra 1973, doi:10.1137/0710036).
"""

from __future__ import annotations

from itertools import combinations, product

import numpy as np

from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.laws import Law

# Exponents of published laws lie from 0.05 (Kaplan 2020) to 0.7 (gemstones, McLeish 2025).
LEAST, MOST, NUM_EXPONENTS = 0.03, 2.0, 16
FLOOR = 1e-4  # of the mean loss: what a term that least squares leaves out begins with


def starts(law: Law, design: Array, loss: Array, weights: Array, count: int) -> Array:
    """Return the `count` best starts for each row of weights, (b, count, p).

    design: (k, p, n). loss: (n,). weights: (b, n), how often each point counts.
    """
    one = np.geomspace(LEAST, MOST, NUM_EXPONENTS)
    grid = np.array(list(product(one, repeat=len(law.exponents))))  # (g, q)
    exponents = [law.parameters.index(name) for name in law.exponents]
    logs = np.einsum("gq,kqn->gkn", grid, design[:, exponents])
    scale = logs.mean(axis=2, keepdims=True)
    basis = np.exp(logs - scale) / loss  # residuals are relative
    gram = np.einsum("gkn,gln->gkln", basis, basis).reshape(-1, loss.size)
    squares = (weights @ gram.T).reshape(len(weights), len(grid), basis.shape[1], -1)
    products = (weights @ basis.reshape(-1, loss.size).T).reshape(squares.shape[:3])
    coefficients, left = _nonnegative(squares, products, weights.sum(axis=1)[:, None])
    best = np.argsort(left, axis=1)[:, :count]
    chosen = np.take_along_axis(coefficients, best[:, :, None], axis=1)
    least = FLOOR * loss.mean()
    theta = np.empty((len(weights), best.shape[1], len(law.parameters)))
    theta[:, :, : len(law.logged)] = np.log(np.maximum(chosen, least)) - scale[best, :, 0]
    theta[:, :, exponents] = grid[best]
    return theta


def _nonnegative(squares: Array, products: Array, ones: Array) -> tuple[Array, Array]:
    """Return nonnegative least squares, (…, k), and the sum of squares that each leaves, (…).

    squares: (…, k, k), the Gram matrices. products: (…, k), with the target. ones: (…), the
    target's own sum of squares. With so few coefficients, each choice of those above 0 is tried.
    """
    k = products.shape[-1]
    best = np.zeros(products.shape)
    left = np.broadcast_to(ones, products.shape[:-1]).copy()
    ridge = 1e-12 * np.trace(squares, axis1=-2, axis2=-1)
    for size in range(1, k + 1):
        for kept in map(list, combinations(range(k), size)):
            matrix = squares[..., kept, :][..., kept] + ridge[..., None, None] * np.eye(size)
            found = np.linalg.solve(matrix, products[..., kept][..., None])[..., 0]
            rest = ones - (found * products[..., kept]).sum(axis=-1)
            better = (found >= 0).all(axis=-1) & (rest < left)
            left = np.where(better, rest, left)
            full = np.zeros(products.shape)
            full[..., kept] = found
            best = np.where(better[..., None], full, best)
    return best, left
