"""Are the units of every layer alive: neither dead nor saturated over ten steps?

By the symptoms units-dead and units-saturated, on a probe of ten steps with AdamW.
"""

from __future__ import annotations

from dataclasses import replace

from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject, seed
from neural_trainer.inspect.probe import MOST_STEPS, probe
from neural_trainer.symptoms import units_dead, units_saturated

ID = "units-alive"
SURE = 0.5  # strength: below it, it may be a branch that is not in use


def check(subject: Subject) -> Outcome:
    """Probe the case and look for dead and saturated units."""
    seed()
    run = probe(replace(subject.case, train_batches=subject.batches, optimizer=None), "case")
    if run.layers is None or not run.layers.parameters:
        return NotCheckable("the probe measured no layers")
    for symptom, cause, do in (
        (units_dead, "relus-dead", "smaller steps, biases of zero, He initialisation; or a GELU"),
        (units_saturated, "activations-saturated", "normalise inputs, make weights smaller"),
    ):
        finding = symptom.find(run)
        if finding is not None and finding.strength >= SURE:
            return Failed(finding.evidence[0], cause, do, finding.numbers)
    return Passed(f"no layer is dead or saturated in {MOST_STEPS} steps")
