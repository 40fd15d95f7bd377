"""Whether the data hold a parameter at all: what the design cannot tell, and open intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.fit import Fit
from neural_trainer.study.scaling.intervals import Estimate, percentiles

# Exponents beyond these say that a term is a constant, or that one point alone needs it.
LEAST_EXPONENT, MOST_EXPONENT = 0.01, 5.0
NO_OFFSET = 1e-3  # of the lowest loss: E below it is none
WIDE = 4.0  # x, from end to end: an exponent so open plans nothing
FEWEST_VALUES = 3  # of a column: offset, coefficient and exponent take three
SAME = 0.01  # share within which two values of a column are one
# Where D / N is the same for all runs, the terms of N and D cannot be told apart
# (arXiv:2605.08541: the condition grows with the inverse square of the exponents' difference).
COLLINEAR = 0.995  # correlation of the logarithms


def estimates(
    found: Fit, samples: Array, columns: Mapping[str, Array], loss: Array
) -> dict[str, Estimate]:
    """Return each parameter with its interval. samples: (b, p), as fitted, of the bootstrap."""
    law = found.law
    plain = law.plain(samples)
    at = {name: place for place, name in enumerate(law.parameters)}
    for name in law.exponents:
        values = plain[:, at[name]]
        values[values < LEAST_EXPONENT] = 0.0
        values[values > MOST_EXPONENT] = np.inf
        for coefficient in _coefficients(found, name):  # a term of one point has any size
            plain[np.isinf(values), at[coefficient]] = np.inf
    if "E" in at:
        plain[plain[:, at["E"]] < NO_OFFSET * loss.min(), at["E"]] = 0.0
    why = _design(found, columns)
    result = {}
    for name, value in found.parameters.items():
        low, high = percentiles(plain[:, at[name]])
        told = why.get(name) or _open(name, low, high, name in law.exponents)
        if name in found.unmoved:
            told = "never moved from its start: the fit failed"
        result[name] = Estimate(value, low, high, told)
    return result


def _coefficients(found: Fit, exponent: str) -> list[str]:
    """Return the coefficients of the terms in which `exponent` stands."""
    terms = [term for term in found.law.terms if exponent in term]
    return [name for term in terms for name in term if name in found.law.logged]


def _open(name: str, low: float, high: float, exponent: bool) -> str:
    if not np.isfinite(high):
        return "no upper end"
    if low <= 0 and (exponent or name == "E"):
        return "no lower end"
    if exponent and high > WIDE * low:
        return f"open by a factor of {high / low:.0f}"
    return ""


def _design(found: Fit, columns: Mapping[str, Array]) -> dict[str, str]:
    """Return which parameters the design cannot tell, whatever the losses, and why."""
    law = found.law
    why: dict[str, str] = {}
    for column in law.needs:
        number = num_values(columns[column])
        if number < FEWEST_VALUES:
            told = f"only {number} value{'' if number == 1 else 's'} of {column}"
            for term in law.terms:
                if any(column == name for factor in term.values() for _, name in factor):
                    why |= dict.fromkeys(term, told)
            if "E" in law.parameters:
                why["E"] = told
    logs = [np.log(columns[column]) for column in law.needs]
    if not why and len(logs) == 2 and abs(np.corrcoef(logs)[0, 1]) > COLLINEAR:
        told = f"{law.needs[0]} and {law.needs[1]} rise together"
        why = dict.fromkeys((name for name in law.parameters if name != "E"), told)
    return why


def num_values(column: Array) -> int:
    """Return how many different values a column has, those within SAME of each other as one."""
    logs = np.sort(np.log(column))
    return 1 + int((np.diff(logs) > SAME).sum())
