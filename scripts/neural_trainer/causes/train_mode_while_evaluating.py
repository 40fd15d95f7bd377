"""The model is evaluated in training mode.

Looks like: held-out figures that scatter between evaluations, and are worse
than the model is; with batch norm its statistics learn from the held-out data.

Why: no model.eval() before the evaluation: dropout drops, and batch norm takes
the batch's own mean.

Not to be confused with: overfitting and train-val-mismatch (figures that do
not scatter); eval-mode-while-training.

Settled by: two evaluations of one and the same model: they must agree.

Fix: model.eval() and torch.inference_mode() around the evaluation.

Sources: PyTorch documentation, torch.nn.Module.eval and torch.inference_mode.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "train-mode-while-evaluating"
ISSUE = "The model is evaluated in training mode"
CONFIRM = "Evaluate the same model twice: the figures must agree exactly."
SETTING = "any"
PRIOR = 0.006
EXPECTS = {
    "evaluated-in-train-mode": 0.95,
    "eval-loss-jumps": 0.3,
    "eval-apart-from-start": 0.2,
    "train-above-eval": 0.02,
    "eval-left-behind": 0.15,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Call model.eval() and use torch.inference_mode() around each evaluation; "
            "model.train() after it.",
            "Two evaluations of one model agree.",
            quick=True,
        ),
    )
