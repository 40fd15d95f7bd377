"""The gradients are never set back to zero.

Looks like: the curve of a learning rate that is too high, or a run that learns
badly; successive gradients are almost parallel (cosine above 0.99) although
the batches differ, and their norm grows with the steps.

Why: backward() adds to what is in .grad; without zero_grad() each step goes
along the sum of all gradients since the start, which no longer turns when the
loss does.

Not to be confused with: lr-too-high (gradients of successive steps differ);
accumulation-not-normalised (alike within a window alone); a run on the whole
data at once, whose gradients are alike with good reason and whose loss has no
noise; data-not-shuffled (alike too, the batches being alike).

Settled by: the norm of .grad just before backward(): it must be zero or None.

Fix: optimizer.zero_grad() once for each optimizer step, before backward().

Sources: PyTorch documentation, torch.optim.Optimizer.zero_grad.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "zero-grad-missing"
ISSUE = "The gradients are never set back to zero"
CONFIRM = "The norm of .grad just before backward(): it must be zero, or .grad None."
SETTING = "any"
PRIOR = 0.005
EXPECTS = {
    "gradients-alike": 0.95,
    "loss-diverging": 0.1,
    "loss-nonfinite": 0.2,
    "nonfinite-after-climb": 0.8,
    "nonfinite-sudden": 0.2,
    "loss-not-falling": 0.2,
    "loss-plateau": 0.3,
    "loss-spike": 0.1,
    "early-instability": 0.1,
    "gradients-exploding": 0.1,
    "layer-gradients-exploding": 0.1,
    "unstable-at-peak-lr": 0.1,
    "updates-large": 0.1,
    "units-dead": 0.1,
    "gradients-pile-up": 0.8,
    "param-norm-inflates": 0.6,
    "parameters-leap": 0.4,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return the call that is missing."""
    return (
        words(
            "Call optimizer.zero_grad() once for each optimizer step, before backward().",
            "The cosine of successive gradients falls to that of different batches, under 0.5.",
            quick=True,
        ),
    )
