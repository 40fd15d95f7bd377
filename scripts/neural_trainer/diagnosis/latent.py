"""Rules of what goes with a cause and does no harm in many runs, until the log shows the harm."""

from __future__ import annotations

from dataclasses import replace

from neural_trainer.causes import CAUSES
from neural_trainer.diagnosis.facts import Evidence
from neural_trainer.symptoms import SYMPTOMS, Findings

LATENT = frozenset({
    "checkpoint-without-optimizer", "data-not-shuffled", "fp16-without-scaler",
    "item-in-inner-loop", "log-of-softmax", "log-of-zero", "resume-incomplete", "retain-graph",
    "scheduler-before-optimizer", "seed-missing", "set-epoch-missing", "warmup-missing",
    "workers-share-seed",
})  # fmt: skip
"""A finding of these weighs as a habit."""
LATENT_UNDER_ADAM = frozenset({"loss-reduction-wrong", "accumulation-not-divided"})
"""Rules of a gradient that is a multiple of what it should be: Adam divides by its size."""
HARM = 0.5  # chance of a symptom under a cause from which it is that cause's harm


def doing_harm(evidence: Evidence, findings: Findings) -> Evidence:
    """Return the evidence, with latent findings of a cause whose harm is seen as what they are.

    A logarithm of what may be zero is a habit; where the loss is NaN it is the fault itself.
    """
    seen = {finding.symptom for finding in findings.found}
    facts = tuple(
        replace(fact, kind="rule") if fact.name in LATENT and seen & _harm(fact.cause) else fact
        for fact in evidence.facts
    )
    return replace(evidence, facts=facts)


def _harm(cause: str) -> set[str]:
    """Return the symptoms that are the harm of a cause, of those that are worth an alarm."""
    return {
        symptom
        for symptom, chance in CAUSES[cause].EXPECTS.items()
        if chance >= HARM and SYMPTOMS[symptom].ALARM
    }
