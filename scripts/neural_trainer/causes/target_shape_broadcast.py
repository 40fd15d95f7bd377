"""Targets and outputs are of different shapes and are broadcast.

Looks like: a regression whose loss stops at the variance of its targets: 1,
where these are standardised (0.8 of absolute error, 0.42 of Huber's). The answers are all the same.

Why: outputs of shape (n, 1) less targets of shape (n,) make an (n, n) matrix:
each answer is compared with every target, and the best is their mean.

Not to be confused with: output-constant (the inputs do not reach the output);
capacity-too-small; lr-too-low.

Settled by: the shapes of outputs and targets; the warning that mse_loss
prints.

Fix: squeeze the outputs, or unsqueeze the targets, so that the shapes are
equal.

Sources: PyTorch documentation, torch.nn.functional.mse_loss (a warning where
sizes differ).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "target-shape-broadcast"
ISSUE = "Targets and outputs are of different shapes and are broadcast"
CONFIRM = "The shapes of outputs and targets: they must be equal."
SETTING = "any"
PRIOR = 0.005
EXPECTS = {
    "loss-broadcasts": 0.95,
    "loss-at-unit-variance": 0.7,
    "loss-held-high": 0.6,
    "loss-plateau": 0.5,
    "loss-not-falling": 0.2,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Make the shapes equal before the loss: outputs.squeeze(-1), or "
            "targets.unsqueeze(-1), and assert it.",
            "The loss falls under the variance of the targets.",
            quick=True,
        ),
    )
