"""The plan for a budget: parameters and tokens of least loss, serving counted or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.flops import FORWARD
from neural_trainer.study.scaling.intervals import Estimate, percentiles

# The logarithm of the loss, of parameters and tokens, each (b,), one law a row.
LogLoss = Callable[[Array, Array], Array]
STEPS = 90  # of the golden section: a range of e^40 shrinks below 1e-17 of itself
GOLDEN = (np.sqrt(5) - 1) / 2
INCONCLUSIVE = 10.0  # x between the ends of the interval of N: no plan
FAR = 100.0  # x the largest compute that was measured


@dataclass(frozen=True)
class Demand:
    """What is asked: FLOP in all; tokens to be served later; tokens that there are.

    served: inference costs 2 FLOP for each parameter and token of it, and is part of the budget
    (Sardana 2023, arXiv:2401.00448). unique: infinite where data are no limit. per_token: training
    FLOP for each parameter and token.
    """

    flops: float
    served: float = 0.0
    unique: float = np.inf
    per_token: float = 6.0


@dataclass(frozen=True)
class Plan:
    """Parameters, tokens and loss for a demand. reach: its compute over the largest measured."""

    demand: Demand
    params: Estimate
    tokens: Estimate
    ratio: Estimate
    loss: Estimate
    reach: float

    @property
    def verdict(self) -> str:
        """Whether the interval of N leaves a plan at all."""
        closed = self.params.identified and self.params.factor <= INCONCLUSIVE
        return "plan" if closed else "inconclusive"

    @property
    def epochs(self) -> float:
        """How often the tokens that there are would be seen."""
        return self.tokens.value / min(self.demand.unique, self.tokens.value)


def allocate(demand: Demand, loss: LogLoss, count: int) -> tuple[Array, Array, Array]:
    """Return parameters, tokens and loss, (count,) each, at the least loss, by golden section.

    Raises NeuralTrainerError where serving takes more than the whole budget whatever the model.
    """
    most = demand.flops / (FORWARD * demand.served + demand.per_token)  # one token to train on
    if most <= 10:
        raise NeuralTrainerError(
            f"a budget of {demand.flops:.3g} FLOP serves {demand.served:.3g} tokens by no model of "
            "more than 10 parameters; give a larger --budget or fewer --served tokens"
        )

    def tokens(size: Array) -> Array:
        left = demand.flops / np.exp(size) - FORWARD * demand.served
        return np.maximum(left / demand.per_token, 1e-3)

    def cost(size: Array) -> Array:
        return loss(np.exp(size), tokens(size))

    low, high = np.zeros(count), np.full(count, np.log(most))
    for _ in range(STEPS):
        width = GOLDEN * (high - low)
        left, right = high - width, low + width
        falls = cost(left) > cost(right)
        low, high = np.where(falls, left, low), np.where(falls, high, right)
    size = 0.5 * (low + high)
    return np.exp(size), tokens(size), np.exp(np.minimum(cost(size), 700))


def plan(demand: Demand, loss: LogLoss, samples: int, largest: float, why: str = "") -> Plan:
    """Return the plan. loss: of one law a row, the first that of the fit, the others of samples.

    largest: the most compute that was measured. why: why the law is not identified, empty else.
    """
    found = allocate(demand, loss, samples + 1)
    n, d, least = found
    spent = demand.per_token * n[0] * d[0]
    told = [
        Estimate(float(values[0]), *percentiles(values[1:]), why) for values in (n, d, d / n, least)
    ]
    return Plan(demand, told[0], told[1], told[2], told[3], float(spent / largest))
