"""Which causes explain what was seen: Bayes' rule over causes, healthy and unknown among them.

How likely a symptom is under a cause is measured on the fault gym where the gym plants the cause
(chances.py), and stated by the cause otherwise (its EXPECTS; BACKGROUND of the symptom for all
others). What symptoms say together and not alone is added, as fitted on the gym, too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from neural_trainer.causes import CAUSES, Cause
from neural_trainer.causes.unknown import ANY
from neural_trainer.diagnosis.chances import measured
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
    table = measured()
    logs = {}
    for name, cause in CAUSES.items():
        if cause.SETTING not in settings:
            continue
        total = math.log(cause.PRIOR) + table.added(name, seen, absent)
        for symptom, strength in seen.items():
            weight = table.weight.get(symptom, 1.0)
            total += weight * strength * math.log(chance(cause, symptom))
        for symptom in absent:
            weight = table.weight.get(symptom, 1.0)
            total += weight * math.log1p(-chance(cause, symptom))
        logs[name] = total / table.temperature
    top = max(logs.values())
    weights = {name: math.exp(value - top) for name, value in logs.items()}
    whole = sum(weights.values())
    return {name: weights.get(name, 0.0) / whole for name in CAUSES}


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
