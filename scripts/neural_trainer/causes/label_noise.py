"""A part of the labels is wrong.

Looks like: training loss stops at a floor while accuracy stops as well; where
only training labels are noisy, the held-out loss is below it and the held-out
accuracy above. Loss and accuracy A rest together: among K classes the loss at
-A ln A - (1 - A) ln((1 - A) / (K - 1)).

Why: no model can predict a random label: the floor is the entropy of the
noise. Later it is memorised, and held-out loss turns.

Not to be confused with: dropout and augmentation, which lift the training loss
too; capacity-too-small; labels-wrong (nothing is learnt).

Settled by: the training loss in evaluation mode without augmentation; the
examples of the highest loss, by eye.

Fix: correct or leave out the examples of the highest loss; a robust loss,
label smoothing, an earlier stop.

Sources: Northcutt et al. 2021, arXiv:1911.00068 (confident learning); Arpit et
al. 2017, arXiv:1706.05394 (clean examples are learnt first).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "label-noise"
ISSUE = "A part of the labels is wrong"
CONFIRM = "Look at the fifty training examples of the highest loss: how many labels are wrong?"
SETTING = "any"
PRIOR = 0.008
EXPECTS = {
    "eval-rises-from-chance": 0.05,
    "train-above-eval": 0.5,
    "loss-held-high": 0.4,
    "loss-plateau": 0.5,
    "eval-gap-growing": 0.2,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Sort the training examples by their loss and correct or leave out the wrong ones "
            "among the first.",
            "The training loss passes its floor.",
        ),
        words(
            "Stop at the lowest held-out loss, and use label smoothing of 0.1.",
            "The wrong labels are not memorised.",
        ),
    )
