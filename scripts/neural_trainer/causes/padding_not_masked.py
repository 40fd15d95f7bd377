"""Padding counts as if it were data.

Looks like: a loss that is low from the first steps on and an accuracy that is
high at once, both better the more padding there is; real tokens are learnt
badly.

Why: padded positions are easy to predict and are averaged with the rest;
without a mask attention spends itself on them too.

Not to be confused with: class-imbalance (a frequent class of its own right);
causal-mask-missing; data-leakage.

Settled by: the loss of padded and of real positions apart.

Fix: ignore_index in the loss, a padding mask in attention, means over real
positions alone.

Sources: PyTorch documentation, torch.nn.CrossEntropyLoss, ignore_index;
torch.nn.MultiheadAttention, key_padding_mask.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "padding-not-masked"
ISSUE = "Padding counts as if it were data"
CONFIRM = "The loss of padded positions and of real ones, apart."
SETTING = "any"
PRIOR = 0.005
EXPECTS = {
    "padding-scored": 0.8,
    "one-label-dominates": 0.4,
    "accuracy-starts-high": 0.6,
    "eval-too-good": 0.3,
    "loss-plateau": 0.4,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Set ignore_index to the padding's id (targets of padding to -100), pass "
            "key_padding_mask, and average over real positions.",
            "The loss is that of real positions: higher at first, and falling.",
            quick=True,
        ),
    )
