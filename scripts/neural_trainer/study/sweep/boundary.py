"""Does the best lie at the edge of what was searched? Then the space is to be made wider."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neural_trainer.study.sweep.space import Parameter

NEAR = 0.05  # share of the range, of its logarithm where that is searched
WIDER = 0.5  # of the range, added beyond the edge


@dataclass(frozen=True)
class AtBoundary:
    """A setting whose best value lies at an edge. try_low, try_high: a range to try instead."""

    name: str
    value: float
    edge: float
    try_low: float
    try_high: float


def at_boundary(space: Sequence[Parameter], values: Mapping[str, Any]) -> list[AtBoundary]:
    """Return the settings of the best trial that lie at an edge which is no natural one.

    >>> lr = Parameter("lr", "float", 1e-4, 1e-2, log=True)
    >>> [(found.edge, round(found.try_high, 6)) for found in at_boundary([lr], {"lr": 9e-3})]
    [(0.01, 0.1)]
    """
    found = []
    for p in space:
        value = values.get(p.name)
        if p.kind == "categorical" or value is None or p.num_values < 3:
            continue
        low, high, at = (math.log(v) if p.log else v for v in (p.low, p.high, float(value)))
        place = (at - low) / (high - low)
        if NEAR < place < 1 - NEAR:
            continue
        wider = WIDER * (high - low)
        edge = p.low if place <= NEAR else p.high
        if edge == p.low:
            if p.low == 0 or (p.kind == "int" and p.low == 1):  # nothing lies beyond
                continue
            low = low - wider if p.log or p.low < 0 else max(0.0, low - wider)
        else:
            high += wider
        ends = (math.exp(low), math.exp(high)) if p.log else (low, high)
        if p.kind == "int":
            ends = float(max(1, round(ends[0]))) if p.low > 0 else round(ends[0]), round(ends[1])
        found.append(AtBoundary(p.name, float(value), edge, ends[0], ends[1]))
    return found
