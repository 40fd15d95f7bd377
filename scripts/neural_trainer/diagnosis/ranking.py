"""Which causes explain what was seen: Bayes' rule over causes, healthy and unknown among them.

How likely a symptom is under a cause is measured on the fault gym where the gym plants the cause
(chances.py), and stated by the cause otherwise (its EXPECTS; BACKGROUND of the symptom for all
others). What symptoms say together and not alone is added, as fitted on the gym, too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural_trainer.causes import CAUSES, Cause
from neural_trainer.causes.unknown import ANY
from neural_trainer.diagnosis.chances import Chances, measured
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import SYMPTOMS, Findings
from neural_trainer.symptoms.roles import is_reinforcement

CRASH = "crash"  # kind of the event that a log ends in


def background(symptom: str) -> float:
    """Return how often a run without a fault shows `symptom`."""
    return measured().healthy.get(symptom, SYMPTOMS[symptom].BACKGROUND)


def chance(cause: Cause, symptom: str) -> float:
    """Return how likely a run with `cause` is to show `symptom`."""
    if cause.ID == "unknown":
        return cause.EXPECTS.get(symptom, max(ANY, background(symptom)))
    known = measured().of_cause.get(cause.ID, {}).get(symptom)
    return cause.EXPECTS.get(symptom, background(symptom)) if known is None else known


def settings(run: Run) -> tuple[str, ...]:
    """Return the settings that the causes of `run` may be of."""
    kind = "reinforcement" if is_reinforcement(run) else "supervised"
    crashed = any(event.kind == CRASH for event in run.events)
    return ("any", kind, "crashed") if crashed else ("any", kind)


def posterior(run: Run, findings: Findings) -> dict[str, float]:
    """Return the probability of each cause given what was seen and not seen; they sum to 1.

    A finding counts by its strength; what could not be checked does not count at all. A cause of
    another setting than the run's has probability 0.
    """
    seen = {finding.symptom: finding.strength for finding in findings.found}
    return weighed(seen, findings.absent, settings(run))


def weighed(
    seen: Mapping[str, float], absent: tuple[str, ...], settings: tuple[str, ...]
) -> dict[str, float]:
    """Return the probability of each cause. seen: symptom -> strength; settings: of the run."""
    table = _log_chances(measured())
    seen_at, absent_at = ([table.column[name] for name in some] for some in (seen, absent))
    logs = table.before + table.seen[:, seen_at] @ np.array([*seen.values()], np.float64)
    logs = (logs + table.absent[:, absent_at].sum(axis=1)) / measured().temperature
    possible = [i for i, cause in enumerate(CAUSES.values()) if cause.SETTING in settings]
    weights = np.zeros(len(CAUSES))
    weights[possible] = np.exp(logs[possible] - logs[possible].max())
    return dict(zip(CAUSES, (weights / weights.sum()).tolist(), strict=True))


class _LogChances(NamedTuple):
    """What the log of each cause's probability gains, in the order of CAUSES.

    before: (causes,), by its prior and what every run adds. seen: (causes, symptoms), by a symptom
    of strength 1; absent: by one that was looked for and not seen. column: of a symptom in both.
    """

    before: NDArray[np.float64]
    seen: NDArray[np.float64]
    absent: NDArray[np.float64]
    column: Mapping[str, int]


@lru_cache(maxsize=1)
def _log_chances(table: Chances) -> _LogChances:
    """Return what a judgement adds up, worked out once: a run under watch is judged often."""
    column = {name: i for i, name in enumerate(SYMPTOMS)}
    before = np.array([math.log(cause.PRIOR) for cause in CAUSES.values()])
    seen, absent = np.empty((2, len(CAUSES), len(SYMPTOMS)))
    for row, (name, cause) in enumerate(CAUSES.items()):
        if_seen: Mapping[str, float] = {}
        if_absent: Mapping[str, float] = {}
        if (key := table.key(name)) is not None:
            before[row] += table.offset[key]
            if_seen, if_absent = table.if_seen[key], table.if_absent[key]
        for symptom, at in column.items():
            weight, likely = table.weight.get(symptom, 1.0), chance(cause, symptom)
            seen[row, at] = weight * math.log(likely) + if_seen.get(symptom, 0.0)
            absent[row, at] = weight * math.log1p(-likely) + if_absent.get(symptom, 0.0)
    return _LogChances(before, seen, absent, column)


def bears_on(cause: Cause, symptom: str) -> float:
    """Return how many times likelier a run with `symptom` is to have the cause than to be sound."""
    table = measured()
    said = math.log(chance(cause, symptom) / background(symptom))
    said *= table.weight.get(symptom, 1.0)
    key = table.key(cause.ID)
    if key is not None:
        well = table.if_seen["well"].get(symptom, 0.0)
        said += table.if_seen[key].get(symptom, 0.0) - well
    return math.exp(said / table.temperature)
