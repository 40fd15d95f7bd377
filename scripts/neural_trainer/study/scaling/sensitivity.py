"""What a few points do to a fit: it is made again without them.

Dropping 5 of the 245 points of Hoffmann's figure 4 moves B from 12,846 to 2,143
(make bench-scaling): an interval says what chance does, not what outliers do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neural_trainer.study.scaling.fit import Fit, refit
from neural_trainer.study.scaling.intervals import Estimate
from neural_trainer.study.scaling.model import Model

SHARE = 0.02  # of the points, at least one, that are left out
MOST = 5
# Of half an interval, about one standard error: 2 % of the points, drawn blindly, move a parameter
# by a seventh of that.
MUCH = 0.5


@dataclass(frozen=True)
class Without:
    """A fit without some points. parameters: as in the formula. moved: those that move by MUCH."""

    what: str
    count: int
    parameters: Mapping[str, float]
    moved: tuple[str, ...]


def sensitivity(
    model: Model, found: Fit, known: Mapping[str, Estimate], delta: float
) -> list[Without]:
    """Return the fits without the highest losses, without the lowest, without the worst fitted."""
    loss = model.loss
    count = int(np.clip(round(SHARE * loss.size), 1, MOST))
    orders = {
        "highest": np.argsort(-loss, kind="stable"),
        "lowest": np.argsort(loss, kind="stable"),
        "worst fitted": np.argsort(-np.abs(found.residual), kind="stable"),
    }
    weights = np.ones((len(orders), loss.size))
    for row, order in zip(weights, orders.values(), strict=True):
        row[order[:count]] = 0.0
    fitted = found.law.plain(refit(model, found, weights, delta))
    result = []
    for what, values in zip(orders, fitted.tolist(), strict=True):
        parameters = dict(zip(found.law.parameters, values, strict=True))
        moved = tuple(name for name, value in parameters.items() if _moves(known[name], value))
        result.append(Without(what, count, parameters, moved))
    return result


def _moves(known: Estimate, value: float) -> bool:
    """Return whether `value` lies more than MUCH of the way from the estimate to its own end."""
    if not known.holds(value):
        return True
    end = known.high if value > known.value else known.low
    if min(value, known.value, end) <= 0 or np.isinf(end) or value == known.value:
        return False  # of an open end, no share
    shift, whole = (np.log(part) - np.log(known.value) for part in (value, end))
    return bool(abs(shift) > MUCH * abs(whole))
