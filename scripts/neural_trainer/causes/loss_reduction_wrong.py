"""The loss is summed, or divided twice, where it should be a mean.

Looks like: training and held-out loss differ by one factor from the first
evaluation on; the first loss is a multiple of a guess's; gradients are as many
times too large.

Why: reduction='sum' in one place and 'mean' in another, a division by the
batch size that the loss has done already, a sum over tokens.

Not to be confused with: train-val-mismatch (the factor begins near 1 and
grows); accumulation-not-normalised (the logged loss is right); lr-too-high,
which a sum brings about.

Settled by: the loss of a batch and of the same batch repeated twice: a mean
does not change.

Fix: reduction='mean', or a division by what was summed over.

Sources: PyTorch documentation, torch.nn.CrossEntropyLoss, reduction.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "loss-reduction-wrong"
ISSUE = "The loss is summed, or divided twice, where it should be a mean"
CONFIRM = "The loss of a batch, and of that batch repeated twice: a mean is the same."
SETTING = "any"
PRIOR = 0.006
EXPECTS = {
    "loss-not-the-mean": 0.8,
    "eval-apart-from-start": 0.7,
    "first-loss-high": 0.5,
    "train-above-eval": 0.3,
    "param-norm-inflates": 0.3,
    "parameters-leap": 0.4,
    "loss-recoils-to-chance": 0.2,
    "grad-norm-falls-far": 0.2,
    "eval-apart-at-first": 0.4,
    "loss-above-any-guess": 0.4,
    "gradient-dwarfs-parameters": 0.15,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Use reduction='mean' in training and evaluation alike, or divide by the number of "
            "examples (of tokens, for a language model).",
            "Training and held-out loss begin at the same level, that of a guess.",
            quick=True,
        ),
    )
