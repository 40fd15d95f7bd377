"""The chances that `make calibrate` measured on the fault gym, from chances.json beside this."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("chances.json")


@dataclass(frozen=True)
class Chances:
    """What the gym measured.

    healthy: symptom -> share of runs without a fault that show it. of_cause: cause -> symptom ->
    share of its runs. weight: symptom -> how much of its evidence is its own, in (0, 1].
    temperature: what all evidence is divided by, so that confidences are shares of right verdicts.
    of_health, bias: what a finding adds, times its strength, to the log of the chance that nothing
    is wrong, and what every run has of it: correlated symptoms say more or less against health
    together than their shares tell. faulty_below: the probability that nothing is wrong at which
    a run is called faulty, chosen for few alarms on healthy runs.
    """

    healthy: Mapping[str, float] = field(default_factory=dict)
    of_cause: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    weight: Mapping[str, float] = field(default_factory=dict)
    temperature: float = 1.0
    of_health: Mapping[str, float] = field(default_factory=dict)
    bias: float = 0.0
    faulty_below: float = 0.5


@lru_cache(maxsize=1)
def measured() -> Chances:
    """Return the measured chances; empty where nothing was measured yet."""
    if not FILE.exists():
        return Chances()
    told = json.loads(FILE.read_text(encoding="utf-8"))
    return Chances(**told)
