"""A law on given points, as a fit sees it: starts, predictions and their slopes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.laws import Law
from neural_trainer.study.scaling.starts import starts


class Model(Protocol):
    """What a fit needs of a law on n points; theta are parameters as fitted, (b, p)."""

    @property
    def law(self) -> Law:
        """The form."""

    @property
    def columns(self) -> Mapping[str, Array]:
        """What the law reads, each (n,)."""

    @property
    def loss(self) -> Array:
        """What was measured, (n,)."""

    def predict(self, theta: Array) -> Array:
        """Return the logarithm of the losses that the law gives, (b, n)."""

    def predict_and_pull(self, theta: Array) -> tuple[Array, Callable[[Array], Array]]:
        """Return the same, and what makes the gradient (b, p) of a pull (b, n) on each of it."""

    def slopes(self, theta: Array) -> Array:
        """Return the slopes of the predictions, (b, p, n)."""

    def starts(self, weights: Array, count: int) -> Array:
        """Return the `count` best starts for each row of weights (b, n): (b, count, p)."""


@dataclass(frozen=True, eq=False)
class SumOfPowers:
    """A law whose terms are powers of columns: log-sum-exp of what is linear in the parameters."""

    law: Law
    columns: Mapping[str, Array]
    loss: Array
    design: Array = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "design", self.law.design(self.columns))

    def predict(self, theta: Array) -> Array:
        """Return the logarithm of the losses that the law gives, (b, n)."""
        return self._terms(theta)[0]

    def predict_and_pull(self, theta: Array) -> tuple[Array, Callable[[Array], Array]]:
        """Return the same, and what makes the gradient of a pull on it."""
        predicted, shares = self._terms(theta)

        def gradient(pull: Array) -> Array:
            total = np.zeros(theta.shape)
            for share, term in zip(shares, self.design, strict=True):
                total += (pull * share) @ term.T
            return total

        return predicted, gradient

    def slopes(self, theta: Array) -> Array:
        """Return the slopes of the predictions, (b, p, n)."""
        return np.asarray(np.einsum("kbn,kpn->bpn", self._terms(theta)[1], self.design))

    def starts(self, weights: Array, count: int) -> Array:
        """Return the `count` best starts for each row of weights."""
        return starts(self.law, self.design, self.loss, weights, count)

    def _terms(self, theta: Array) -> tuple[Array, Array]:
        """Return the logarithm of the prediction, (b, n), and the share of each term, (k, b, n)."""
        logs = np.stack([theta @ term for term in self.design])
        top = logs.max(axis=0)
        shares = np.exp(logs - top)
        total = shares.sum(axis=0)
        return top + np.log(total), shares / total
