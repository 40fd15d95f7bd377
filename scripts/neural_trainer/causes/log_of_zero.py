"""The loss takes the logarithm of zero, or divides by zero.

Looks like: NaN or infinity at once, out of a quiet run whose gradient norm was
as usual; once it is there, every later loss is NaN.

Why: log of a probability that reached 0, a square root or a norm whose
gradient at 0 is infinite, a mean over an empty mask. The better the model
gets, the likelier a probability of exactly 0 or 1.

Not to be confused with: bad-batch (the input itself is not finite);
fp16-overflow (finite in float32); lr-too-high (the loss climbs first).

Settled by: torch.autograd.set_detect_anomaly(True) for the step before; the
first tensor that is not finite is an output of the loss, not an input of the
model.

Fix: compute in logits: cross_entropy, binary_cross_entropy_with_logits,
log_softmax; divide by a count that is at least one. An epsilon inside the
logarithm hides the fault and biases the loss.

Sources: PyTorch documentation, torch.nn.BCEWithLogitsLoss (log-sum-exp for
numerical stability).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "log-of-zero"
ISSUE = "The loss takes the logarithm of zero, or divides by zero"
CONFIRM = "torch.autograd.set_detect_anomaly(True) for the step before: which operation names it?"
SETTING = "any"
PRIOR = 0.02
EXPECTS = {
    "loss-nonfinite": 0.95,
    "nonfinite-sudden": 0.9,
    "nonfinite-as-lr-rises": 0.1,
    "nonfinite-after-climb": 0.05,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return the losses that work on logits."""
    return (
        words(
            "Compute the loss from logits (cross_entropy, binary_cross_entropy_with_logits, "
            "log_softmax), and divide by max(count, 1).",
            "The loss stays finite where the model is certain.",
        ),
    )
