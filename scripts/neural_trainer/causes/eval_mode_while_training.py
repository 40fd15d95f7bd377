"""The model trains in evaluation mode.

Looks like: dropout does nothing and batch norm uses what it saw long ago:
overfitting that dropout should prevent, or unstable and slow training; from
the first evaluation on.

Why: model.eval() before an evaluation and no model.train() after it, or a body
that is put into evaluation mode for good.

Not to be confused with: overfitting; lr-too-high; a frozen batch norm, which
is meant.

Settled by: model.training within the training step; the outputs of one batch
twice: with dropout they differ.

Fix: model.train() at the start of each epoch.

Sources: PyTorch documentation, torch.nn.Module.train and eval.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "eval-mode-while-training"
ISSUE = "The model trains in evaluation mode"
CONFIRM = "Print model.training within a training step."
SETTING = "any"
PRIOR = 0.005
EXPECTS = {
    "trained-in-eval-mode": 0.95,
    "eval-gap-growing": 0.3,
    "eval-loss-jumps": 0.2,
    "loss-held-high": 0.1,
    "eval-left-behind": 0.4,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Call model.train() at the start of each epoch, and after each evaluation.",
            "Dropout and batch norm act in training.",
            quick=True,
        ),
    )
