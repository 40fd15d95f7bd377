"""What code, a config, checks or a probe say for a cause or against it, weighed beside the log.

The gym has not measured these: every ratio is stated, and bounded by the kind of its source.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from neural_trainer.diagnosis.chances import WELL

Kind = Literal["rule", "code", "config", "check", "words"]

BOUNDS: Mapping[Kind, tuple[float, float]] = {
    "rule": (1.0, 150.0),
    "code": (1 / 30, 10.0),
    "config": (1 / 30, 10.0),
    "check": (1 / 50, 200.0),
    "words": (1 / 10, 30.0),
}
"""The least and the most that one source multiplies the odds of a cause by.

A rule reads the fault itself, and can be wrong where other files change what it sees, or where that
code is not what ran: 150. That it finds nothing says little, so it never speaks against. A fact of
code or config is a habit that goes with a cause: 10; it nearly excludes one: 1 / 30, because the
code at hand need not be the code that ran. A check measures the model itself, on a few batches at
its beginning: 200 and 1 / 50. Words are somebody's memory: 1 / 10; who speaks of a resume or
of dead units seldom does so for nothing: 30.
"""
MOST = 1000.0  # that all sources together multiply the odds of one cause by, or divide them
OF_HEALTH: Mapping[Kind, float] = {"rule": 0.1, "check": 0.2}
"""What a fault that was read or measured leaves of the share of health; the rest goes to the fault.

A rule's finding is a fault whether or not the log shows it yet; a check's may be meant, as weights
that are frozen are.
"""
TOLD: Mapping[Kind, str] = {
    "rule": "rules of lint", "code": "facts of code", "config": "facts of the config",
    "check": "checks", "words": "the words of the description",
}  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """One thing that was read or measured, and the cause that it is for or against.

    name: of the rule or check, or what it is about. times: how many times likelier it is with the
    cause than without, before the bounds. where: file and line, or the key of a config.
    """

    cause: str
    kind: Kind
    name: str
    times: float
    sentence: str
    where: str = ""

    @property
    def bounded(self) -> float:
        """Return `times` within the bounds of its kind."""
        least, most = BOUNDS[self.kind]
        return min(max(self.times, least), most)

    @property
    def certain(self) -> bool:
        """Tell whether it is the fault itself that was read or measured."""
        return self.kind in OF_HEALTH and self.times > 1

    @property
    def told(self) -> str:
        """Return the sentence with its place."""
        return f"{self.where}: {self.sentence}" if self.where else self.sentence


@dataclass(frozen=True)
class Evidence:
    """All facts beside a log. looked_at: the kinds of sources that were; notes: what to know."""

    facts: tuple[Fact, ...] = ()
    looked_at: tuple[Kind, ...] = ()
    notes: tuple[str, ...] = ()

    def __add__(self, other: Evidence) -> Evidence:
        """Return both together."""
        return Evidence(
            self.facts + other.facts,
            tuple(dict.fromkeys(self.looked_at + other.looked_at)),
            self.notes + other.notes,
        )

    def of(self, cause: str) -> tuple[Fact, ...]:
        """Return the facts about `cause`, those that weigh most first."""
        about = [fact for fact in self.facts if fact.cause == cause]
        return tuple(sorted(about, key=lambda fact: -abs(math.log(fact.bounded))))

    @property
    def certain(self) -> tuple[Fact, ...]:
        """Return the faults that were read or measured."""
        return tuple(fact for fact in self.facts if fact.certain)


def factor(facts: Iterable[Fact]) -> float:
    """Return what facts about one cause multiply its odds by.

    Of one kind the strongest for it and the strongest against it count, once: two findings of a
    rule are not two witnesses.
    """
    sides: dict[tuple[Kind, bool], float] = {}
    for fact in facts:
        times = fact.bounded
        side = (fact.kind, times > 1)
        known = sides.get(side, 1.0)
        sides[side] = max(known, times) if times > 1 else min(known, times)
    return min(max(math.prod(sides.values()), 1 / MOST), MOST)


def with_facts(probability: Mapping[str, float], evidence: Evidence) -> dict[str, float]:
    """Return the probability of each cause given the log's and the facts; they sum to 1."""
    weights = {cause: share * factor(evidence.of(cause)) for cause, share in probability.items()}
    whole = sum(weights.values())
    shares = {cause: weight / whole for cause, weight in weights.items()}
    blamed = {fact.cause for fact in evidence.certain if shares.get(fact.cause, 0.0) > 0}
    if not blamed:
        return shares
    left = math.prod(OF_HEALTH[f.kind] for f in {f.kind: f for f in evidence.certain}.values())
    taken = sum((1 - left) * shares.get(well, 0.0) for well in WELL)
    whole = sum(shares[cause] for cause in blamed)
    given = {cause: taken * shares[cause] / whole for cause in blamed}
    return {
        cause: share * (left if cause in WELL else 1.0) + given.get(cause, 0.0)
        for cause, share in shares.items()
    }


def basis(evidence: Evidence) -> str:
    """Return what the confidences rest on beside the log; empty where there is nothing."""
    told = [TOLD[kind] for kind in evidence.looked_at]
    if not told:
        return ""
    listed = " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)
    return f"what {listed} say is weighed by stated ratios (docs/evidence.md)"
