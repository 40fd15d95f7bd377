"""Which causes explain what was seen: Bayes' rule over causes, healthy and unknown among them.

The chances are stated, not measured: each cause states how often it shows a symptom (EXPECTS),
and BACKGROUND how often a run shows it without that cause. docs/calibration.md says so.
"""

from __future__ import annotations

import math

from neural_trainer.causes import CAUSES, Cause
from neural_trainer.causes.unknown import ANY
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings
from neural_trainer.symptoms.roles import is_reinforcement

# How often a run without the fault in question shows the symptom all the same.
BACKGROUND = {
    "loss-nonfinite": 0.002,
    "nonfinite-after-climb": 0.3,
    "nonfinite-sudden": 0.5,
    "loss-diverging": 0.01,
    "loss-spike": 0.08,
    "early-instability": 0.02,
    "unstable-at-peak-lr": 0.2,
    "loss-follows-lr": 0.005,
    "loss-not-falling": 0.02,
    "loss-at-chance": 0.002,
    "loss-plateau": 0.3,
    "eval-gap-growing": 0.02,
    "gradients-exploding": 0.001,
    "lr-zero": 0.01,
    "lr-jumps": 0.02,
    "lr-starts-high": 0.3,
    "reward-collapsed": 0.02,
    "reward-frozen": 0.003,
    "layers-outside-optimizer": 0.0005,
    "layers-not-moving": 0.001,
    "layers-frozen": 0.15,
    "gradients-alike": 0.0005,
    "layer-gradients-exploding": 0.002,
    "recurrent-gradients-large": 0.0007,
    "layer-gradients-vanishing": 0.0005,
    "depth-out-of-balance": 0.01,
    "units-dead": 0.0005,
    "units-saturated": 0.002,
    "updates-large": 0.01,
    "updates-tiny": 0.003,
    "attention-logits-grow": 0.0007,
}


def chance(cause: Cause, symptom: str) -> float:
    """Return how likely a run with `cause` is to show `symptom`."""
    if cause.ID == "unknown":
        return max(ANY, BACKGROUND[symptom])
    return cause.EXPECTS.get(symptom, BACKGROUND[symptom])


def posterior(run: Run, findings: Findings) -> dict[str, float]:
    """Return the probability of each cause given what was seen and not seen; they sum to 1.

    A finding counts by its strength; what could not be checked does not count at all. A cause of
    another setting than the run's has probability 0.
    """
    settings = ("any", "reinforcement" if is_reinforcement(run) else "supervised")
    logs = {}
    for name, cause in CAUSES.items():
        if cause.SETTING not in settings:
            continue
        total = math.log(cause.PRIOR)
        for finding in findings.found:
            total += finding.strength * math.log(chance(cause, finding.symptom))
        for symptom in findings.absent:
            total += math.log1p(-chance(cause, symptom))
        logs[name] = total
    top = max(logs.values())
    weights = {name: math.exp(value - top) for name, value in logs.items()}
    whole = sum(weights.values())
    return {name: weights.get(name, 0.0) / whole for name in CAUSES}


def bears_on(cause: Cause, symptom: str) -> float:
    """Return how many times likelier `symptom` is with `cause` than without."""
    return chance(cause, symptom) / BACKGROUND[symptom]
