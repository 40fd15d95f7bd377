"""The optimizer does not step, or not at every batch.

Looks like: a loss that stays where it began while gradients come; parameters
whose norm does not change by one bit, or only now and then.

Why: optimizer.step() is missing, stands under a condition that seldom holds,
is skipped by an exception handler, or belongs to another optimizer.

Not to be confused with: lr-schedule-wrong (the rate is zero);
grad-scaler-stuck (the scaler skips the steps, the loss scale falls);
parameters-not-in-optimizer (some move); lr-too-low (all move a little);
gradient accumulation, which steps at every few batches as planned.

Settled by: the parameters before and after one step; a count of the calls of
optimizer.step().

Fix: call optimizer.step() after each backward(), or after each window of
accumulation.

Sources: PyTorch documentation, torch.optim, Taking an optimization step.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "optimizer-step-missing"
ISSUE = "The optimizer does not step, or not at every batch"
CONFIRM = "The parameters before and after one batch: none changes. Count optimizer.step()."
SETTING = "any"
PRIOR = 0.005
EXPECTS = {
    "optimizer-idle": 0.8,
    "parameters-unmoved": 0.7,
    "parameters-seldom-move": 0.3,
    "loss-not-falling": 0.8,
    "loss-at-chance": 0.4,
    "layers-not-moving": 0.5,
    "words-not-learnt": 0.05,
    "descent-falls-short": 0.15,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return the call that is missing."""
    return (
        words(
            "Call optimizer.step() after each backward(), or at the end of each window of "
            "accumulation, outside of any condition that may not hold.",
            "The norm of the parameters changes from step to step, and the loss falls.",
            quick=True,
        ),
    )
