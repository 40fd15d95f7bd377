"""Softmax is applied before a loss that applies it again.

Looks like: an accuracy that rises as it should, and a loss that stops at ln(1
+ (K - 1) / e) for K classes and the share of wrong answers more, far above what
that accuracy goes with.

Why: cross_entropy takes logits. Given probabilities, which lie in [0, 1], the
best it can see is a difference of one.

Not to be confused with: label smoothing (a floor of its own, given by the
smoothing); label-noise (the accuracy stops as well); capacity-too-small.

Settled by: whether the outputs of the model sum to 1 over the classes.

Fix: take the softmax out of the model; apply it where probabilities are read.

Sources: PyTorch documentation, torch.nn.CrossEntropyLoss (the input is
expected to hold logits).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "softmax-twice"
ISSUE = "Softmax is applied before a loss that applies it again"
CONFIRM = "The outputs of the model sum to 1 over the classes."
SETTING = "any"
PRIOR = 0.008
EXPECTS = {
    "loss-of-probabilities": 0.95,
    "loss-at-softmax-floor": 0.8,
    "loss-high-for-accuracy": 0.9,
    "loss-held-high": 0.5,
    "loss-plateau": 0.5,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Take softmax (or log_softmax) out of the model's forward and give cross_entropy the "
            "logits.",
            "The loss passes its floor, and falls with the accuracy.",
            quick=True,
        ),
    )
