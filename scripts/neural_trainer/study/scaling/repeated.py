"""The law of repeated data: tokens seen again, and parameters beyond need, are worth less.

Muennighoff 2023 (arXiv:2305.16264, section 3): L = E + A / N'^alpha + B / D'^beta. Of D tokens of
which U are unique, D' = U + U R_D (1 - exp(-(D / U - 1) / R_D)); N' is of the same form, with R_N,
and with the parameters U_N that are optimal for U tokens in place of U.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.laws import PARAMETRIC, Law
from neural_trainer.study.scaling.model import SumOfPowers

REPEATED = Law(
    "repeated-data",
    "L = E + A / N'^alpha + B / D'^beta, N' and D' by R_N and R_D",
    "Muennighoff 2023, arXiv:2305.16264, section 3",
    PARAMETRIC.needs,
    (*PARAMETRIC.logged, "R_D", "R_N"),
    PARAMETRIC.exponents,
    PARAMETRIC.terms,
)
ONCE = 1.05  # epochs up to which data count as fresh
FEWEST_FRESH = 10  # runs on fresh data that the start takes its base from; else from all
GUESSES = (4.0, 16.0)  # of R_D and R_N: about those published, 15.39 and 5.31
STEP = 1e-5  # of a parameter, for slopes by central differences


@dataclass(frozen=True, eq=False)
class RepeatedData:
    """The law of repeated data on points with `params`, `tokens` and `unique` tokens."""

    columns: Mapping[str, Array]
    loss: Array
    law: Law = REPEATED

    def predict(self, theta: Array) -> Array:
        """Return the logarithm of the losses that the law gives, (b, n)."""
        e, a, b, rd, rn, alpha, beta = (part[:, None] for part in theta.T)
        params, tokens = np.log(self.columns["params"]), np.log(self.columns["tokens"])
        unique = np.minimum(np.log(self.columns["unique"]), tokens)
        worth = unique + _worth(tokens - unique, rd)
        alpha, beta = np.maximum(alpha, 1e-6), np.maximum(beta, 1e-6)
        # Parameters optimal for U tokens (Hoffmann 2022, section 3.3): N = G (U G)^(beta / alpha).
        g = (np.log(alpha / beta) + a - b) / (alpha + beta)
        needed = np.minimum(g + beta / alpha * (unique + g), params)
        size = needed + _worth(params - needed, rn)
        terms = np.logaddexp(a - alpha * size, b - beta * worth)
        return np.asarray(np.logaddexp(e, terms))

    def predict_and_pull(self, theta: Array) -> tuple[Array, Callable[[Array], Array]]:
        """Return the same, and what makes the gradient of a pull on it."""
        slopes = self.slopes(theta)
        return self.predict(theta), lambda pull: np.einsum("bpn,bn->bp", slopes, pull)

    def slopes(self, theta: Array) -> Array:
        """Return the slopes of the predictions, (b, p, n), by central differences."""
        found = np.empty((*theta.shape, self.loss.size))
        for at in range(theta.shape[1]):
            step = np.zeros(theta.shape[1])
            step[at] = STEP
            found[:, at] = (self.predict(theta + step) - self.predict(theta - step)) / (2 * STEP)
        return found

    def starts(self, weights: Array, count: int) -> Array:
        """Return starts from the fit of runs on fresh data, with each guess of R_D and R_N."""
        fresh = self.columns["tokens"] <= ONCE * self.columns["unique"]
        base = SumOfPowers(PARAMETRIC, self.columns, self.loss)
        enough = fresh.sum() >= FEWEST_FRESH
        first = base.starts(weights * fresh if enough else weights, 1)
        guesses = np.log(np.array(list(product(GUESSES, repeat=2))[:count]))
        many = np.repeat(first, len(guesses), axis=1)
        logged = len(PARAMETRIC.logged)
        added = np.broadcast_to(guesses, (len(weights), *guesses.shape))
        return np.concatenate([many[..., :logged], added, many[..., logged:]], axis=-1)


def _worth(excess: Array, repeats: Array) -> Array:
    """Return log(1 + R* (1 - exp(-(exp(excess) - 1) / R*))), R* given as its logarithm."""
    star = np.exp(np.clip(repeats, -20, 20))
    again = np.expm1(np.clip(excess, 0, 50))
    return np.asarray(np.log1p(star * -np.expm1(-again / star)))
