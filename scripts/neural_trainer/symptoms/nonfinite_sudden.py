"""The loss became NaN or infinite with no lead-up in the loss or the gradient
norm.

The other half of nonfinite-after-climb, with its threshold. Nothing was wrong
one step before: a value in the batch, a logarithm of zero or an overflow of
the number format. Where the gradient norm was logged the word is surer than
from the loss alone.
"""

from __future__ import annotations

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.nonfinite_after_climb import DEVIATIONS, climbs

ID = "nonfinite-sudden"
NEEDS = {"any loss": 1}
GIVEN: tuple[str, ...] = ("loss-nonfinite",)
ALARM = False
BACKGROUND = 0.5


def find(run: Run) -> Finding | None:
    """Return that nothing climbed before the first non-finite loss, if nothing did."""
    seen = climbs(run)
    if seen is None or not seen[1]:
        return None
    step, found = seen
    if any(climb.deviations >= DEVIATIONS for climb in found):
        return None
    told = " and ".join(f"{climb.name} was at {number(climb.just_before)}" for climb in found)
    usual = ", ".join(number(climb.usual) for climb in found)
    sentence = f"No lead-up: just before {at(run, step)} {told}, usual being {usual}."
    strength = 1.0 if any(climb.name == "grad_norm" for climb in found) else 0.6
    return Finding(ID, step, (step, step), strength, (sentence,))
