"""The law of repeated data: tokens seen again, and parameters beyond need, are worth less.

Muennighoff 2023 (arXiv:2305.16264, section 3): L = E + A / N'^alpha + B / D'^beta. Of D tokens of
which U are unique, D' = U + U R_D (1 - exp(-(D / U - 1) / R_D)); N' is of the same form, with R_N,
and with the parameters U_N that are optimal for U tokens in place of U.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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


@dataclass(frozen=True, eq=False)
class RepeatedData:
    """The law of repeated data on points with `params`, `tokens` and `unique` tokens."""

    columns: Mapping[str, Array]
    loss: Array
    law: Law = REPEATED

    def predict(self, theta: Array) -> Array:
        """Return the logarithm of the losses that the law gives, (b, n)."""
        return np.asarray(np.logaddexp.reduce(self._parts(theta).terms, axis=0))

    def predict_and_pull(self, theta: Array) -> tuple[Array, Callable[[Array], Array]]:
        """Return the same, and what makes the gradient of a pull on it."""
        parts = self._parts(theta)
        slopes = self._slopes(theta, parts)
        predicted = np.asarray(np.logaddexp.reduce(parts.terms, axis=0))
        return predicted, lambda pull: np.einsum("bpn,bn->bp", slopes, pull)

    def slopes(self, theta: Array) -> Array:
        """Return the slopes of the predictions, (b, p, n)."""
        return self._slopes(theta, self._parts(theta))

    def _parts(self, theta: Array) -> _Parts:
        e, a, b, rd, rn, alpha, beta = _rows(theta)
        params, tokens = np.log(self.columns["params"]), np.log(self.columns["tokens"])
        unique = np.minimum(np.log(self.columns["unique"]), tokens)
        # Parameters optimal for U tokens (Hoffmann 2022, section 3.3): N = G (U G)^(beta / alpha).
        g = (np.log(alpha / beta) + a - b) / (alpha + beta)
        needed = np.minimum(g + beta / alpha * (unique + g), params)
        more_data, more_size = _worth(tokens - unique, rd), _worth(params - needed, rn)
        size, worth = needed + more_size.value, unique + more_data.value
        terms = np.stack([e + 0 * size, a - alpha * size, b - beta * worth])
        return _Parts(terms, size, worth, g, unique, needed < params, more_size, more_data)

    def _slopes(self, theta: Array, parts: _Parts) -> Array:
        """Return the slopes by the chain rule, through the parameters that U tokens need."""
        *_, alpha, beta = _rows(theta)
        both = alpha + beta
        shares = np.exp(parts.terms - np.logaddexp.reduce(parts.terms, axis=0))
        # Of log N' on log U_N, and of that on G and on beta / alpha.
        kept = np.where(parts.excess, 1 - parts.more_size.on_excess, 0.0)
        on_g, on_ratio = kept * (1 + beta / alpha), kept * (parts.unique + parts.g)
        on_alpha = on_g * (1 / alpha - parts.g) / both - on_ratio * beta / alpha**2
        on_beta = on_g * (-1 / beta - parts.g) / both + on_ratio / alpha
        found = np.empty((*theta.shape, self.loss.size))
        found[:, 0] = shares[0]
        found[:, 1] = shares[1] * (1 - alpha * on_g / both)
        found[:, 2] = shares[2] + shares[1] * alpha * on_g / both
        found[:, 3] = -shares[2] * beta * parts.more_data.on_repeats
        found[:, 4] = -shares[1] * alpha * parts.more_size.on_repeats
        found[:, 5] = -shares[1] * (parts.size + alpha * on_alpha)
        found[:, 6] = -shares[2] * parts.worth - shares[1] * alpha * on_beta
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


class _Worth(NamedTuple):
    """log(1 + R* (1 - exp(-R / R*))) and its slopes on log(1 + R) and on log R*, (b, n) each."""

    value: Array
    on_excess: Array
    on_repeats: Array


class _Parts(NamedTuple):
    """What a prediction is made of. size, worth: log N' and log D'. excess: where N is over U_N."""

    terms: Array
    size: Array
    worth: Array
    g: Array
    unique: Array
    excess: NDArray[np.bool_]
    more_size: _Worth
    more_data: _Worth


def _rows(theta: Array) -> tuple[Array, ...]:
    """Return each parameter as (b, 1); exponents stay above zero, where the law has a meaning."""
    parts = [part[:, None] for part in theta.T]
    return (*parts[:5], np.maximum(parts[5], 1e-6), np.maximum(parts[6], 1e-6))


def _worth(excess: Array, repeats: Array) -> _Worth:
    """excess: log(1 + R), zero or more. repeats: log R*."""
    star = np.exp(np.clip(repeats, -20, 20))
    grown = np.exp(np.clip(excess, 0, 50))
    left = np.exp((1 - grown) / star)
    whole = 1 + star * (1 - left)
    on_repeats = (star * (1 - left) - left * (grown - 1)) / whole
    return _Worth(np.log(whole), left * grown / whole, on_repeats)
