"""The run was resumed without all of its state.

Looks like: at a restart the loss jumps up and comes back, the learning rate or
the gradient norm jumps, or an epoch begins anew.

Why: the checkpoint holds the model alone: Adam's moments, the schedule, the
loss scale, the generators and the place in the data begin anew.

Not to be confused with: lr-schedule-wrong (no restart); a cosine restart,
which is meant; bad-batch.

Settled by: the loss of the same batch before and after; what the checkpoint
holds.

Fix: save and load model, optimizer, schedule, scaler, generators and the
sampler's place.

Sources: PyTorch documentation, Saving and loading a general checkpoint.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "resume-incomplete"
ISSUE = "The run was resumed without all of its state"
CONFIRM = "What the checkpoint holds; the learning rate and the loss just before and after."
SETTING = "any"
PRIOR = 0.005
EXPECTS = {
    "lr-jumps": 0.4,
    "loss-spike": 0.5,
    "eval-loss-jumps": 0.1,
    "parameters-fall-back": 0.5,
    "schedule-begins-anew": 0.3,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Save and load the state of model, optimizer, schedule, scaler, random generators "
            "and sampler together.",
            "The loss goes on from where it was.",
            quick=True,
        ),
    )
