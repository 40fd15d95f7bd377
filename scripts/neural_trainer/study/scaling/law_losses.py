"""What fitted laws give for parameters and tokens: one law a row, for plans."""

from __future__ import annotations

import numpy as np

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.allocation import Demand, LogLoss
from neural_trainer.study.scaling.laws import OVER_TRAINING, PARAMETRIC, Law
from neural_trainer.study.scaling.repeated import REPEATED, RepeatedData

# R_D* of Muennighoff 2023 (arXiv:2305.16264, section 3), fitted on C4: after about so many
# repetitions those that follow are worth little.
PUBLISHED_REPEATS = 15.39


def law_loss(law: Law, theta: Array, demand: Demand) -> LogLoss:
    """Return log loss as a function of parameters and tokens, (b,) each, for the rows of theta.

    Where tokens are fewer than a law without repetition asks for, they are worth what
    PUBLISHED_REPEATS says. Raises NeuralTrainerError for a law that has not both columns.
    """
    if law not in (PARAMETRIC, OVER_TRAINING, REPEATED):
        raise NeuralTrainerError(
            f"{law.formula} does not say how to divide a budget; fit --method parametric, isoflop "
            "or envelope to plan one"
        )

    def repeated(params: Array, tokens: Array) -> Array:
        unique = np.minimum(demand.unique, tokens)
        rows = {"params": params[:, None], "tokens": tokens[:, None], "unique": unique[:, None]}
        return RepeatedData(rows, tokens[:, None]).predict(theta)[:, 0]

    def plain(params: Array, tokens: Array) -> Array:
        n, d = np.log(params), np.log(effective_tokens(tokens, demand.unique, PUBLISHED_REPEATS))
        if law is PARAMETRIC:
            e, a, b, alpha, beta = theta.T
            terms = np.logaddexp(a - alpha * n, b - beta * d)
        else:
            e, a, b, eta = theta.T
            compute, ratio = np.log(demand.per_token) + n + d, d - n
            terms = np.logaddexp(a + eta * (ratio - compute), b - eta * (ratio + compute))
        return np.asarray(np.logaddexp(e, terms))

    return repeated if law is REPEATED else plain


def effective_tokens(tokens: Array, unique: float, repeats: float) -> Array:
    """Return what tokens are worth in fresh ones: D' = U + U R* (1 - exp(-R / R*)), R = D / U - 1.

    Muennighoff 2023, arXiv:2305.16264, section 3.

    >>> effective_tokens(np.array([50.0, 100.0, 400.0]), 100.0, 15.39).round(1).tolist()
    [50.0, 100.0, 372.6]
    """
    fresh = np.minimum(tokens, unique)
    again = np.maximum(tokens / fresh - 1, 0)
    return np.asarray(fresh * (1 - repeats * np.expm1(-again / repeats)))
