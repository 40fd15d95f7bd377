"""The forms of laws: each a sum of powers, that is, log-sum-exp of lines in the logarithms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neural_trainer.runs.run import Array

# The logarithm of each term is linear in the parameters. In a term, a parameter stands with 1, or
# with plus or minus the logarithm of one of these columns.
Factor = tuple[tuple[float, str], ...]
ONE: Factor = ()


@dataclass(frozen=True)
class Law:
    """One form of a law: its parameters and, for each term, what they are multiplied by.

    logged: parameters that are fitted as their logarithm: E, and the coefficients. exponents: those
    that the start tries on a grid. needs: columns that it reads.
    """

    name: str
    formula: str
    source: str
    needs: tuple[str, ...]
    logged: tuple[str, ...]
    exponents: tuple[str, ...]
    terms: tuple[Mapping[str, Factor], ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters in the order in which they lie in an array."""
        return self.logged + self.exponents

    def design(self, columns: Mapping[str, Array]) -> Array:
        """Return what multiplies the parameters in the logarithm of each term: (k, p, n)."""
        logs = {name: np.log(values) for name, values in columns.items() if name in self.needs}
        n = len(next(iter(logs.values())))
        design = np.zeros((len(self.terms), len(self.parameters), n))
        for k, term in enumerate(self.terms):
            for name, factor in term.items():
                row = sum((sign * logs[column] for sign, column in factor), np.zeros(n))
                design[k, self.parameters.index(name)] = row if factor else 1.0
        return design

    def plain(self, theta: Array) -> Array:
        """Return parameters as they stand in the formula, from those that were fitted, (…, p)."""
        found: Array = theta.copy()
        count = len(self.logged)
        found[..., :count] = np.exp(np.clip(found[..., :count], -700, 700))
        return found

    def fitted(self, plain: Array) -> Array:
        """Return parameters as they are fitted, from those of the formula, (…, p)."""
        found = np.array(plain, dtype=np.float64)
        found[..., : len(self.logged)] = np.log(found[..., : len(self.logged)])
        return found

    def predict(self, theta: Array, columns: Mapping[str, Array]) -> Array:
        """Return the losses that the law gives, (b, n) for parameters (b, p)."""
        terms = [theta @ term for term in self.design(columns)]
        return np.asarray(np.exp(np.logaddexp.reduce(terms, axis=0)))


def _term(coefficient: str, exponent: str, *factor: tuple[float, str]) -> dict[str, Factor]:
    return {coefficient: ONE, exponent: factor}


OFFSET: Mapping[str, Factor] = {"E": ONE}

PARAMETRIC = Law(
    "parametric",
    "L = E + A / N^alpha + B / D^beta",
    "Hoffmann 2022, arXiv:2203.15556, section 3.3",
    ("params", "tokens"),
    ("E", "A", "B"),
    ("alpha", "beta"),
    (OFFSET, _term("A", "alpha", (-1, "params")), _term("B", "beta", (-1, "tokens"))),
)
# One exponent for both terms, in compute C = 6ND and the multiplier M = D/N.
OVER_TRAINING = Law(
    "over-training",
    "L = E + (a M^eta + b M^-eta) C^-eta, M = D / N",
    "Gadre 2024, arXiv:2403.08540",
    ("compute", "multiplier"),
    ("E", "a", "b"),
    ("eta",),
    (
        OFFSET,
        _term("a", "eta", (1, "multiplier"), (-1, "compute")),
        _term("b", "eta", (-1, "multiplier"), (-1, "compute")),
    ),
)


def power(column: str, offset: bool = True) -> Law:
    """Return the law of one column: A / x^alpha, with an offset E or without."""
    return Law(
        "power" if offset else "power-without-offset",
        f"L = {'E + ' if offset else ''}A / {SYMBOLS[column]}^alpha",
        "Henighan 2020, arXiv:2010.14701" if offset else "Kaplan 2020, arXiv:2001.08361, section 3",
        (column,),
        ("E", "A") if offset else ("A",),
        ("alpha",),
        (*((OFFSET,) if offset else ()), _term("A", "alpha", (-1, column))),
    )


SYMBOLS = {"params": "N", "tokens": "D", "compute": "C"}
