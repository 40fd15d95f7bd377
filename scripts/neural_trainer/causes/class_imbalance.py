"""One class is so frequent that the others are not learnt.

Looks like: an accuracy that is high from the first steps on, and hardly
changes: the share of the frequent class; the loss is low and stands.

Why: answering the frequent class is nearly always right, and what the rare
ones cost is lost in the mean.

Not to be confused with: padding-not-masked (the frequent class is padding);
output-constant (the inputs do not matter at all); an easy task.

Settled by: recall class by class beside the share of each class.

Fix: weigh the classes in the loss, or sample them evenly; judge by balanced
accuracy.

Sources: Japkowicz and Stephen 2002, The class imbalance problem; PyTorch
documentation, CrossEntropyLoss, weight, and WeightedRandomSampler.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "class-imbalance"
ISSUE = "One class is so frequent that the others are not learnt"
CONFIRM = "Recall of each class: those of the rare ones are near zero."
SETTING = "any"
PRIOR = 0.008
EXPECTS = {
    "common-label-answered": 0.5,
    "one-label-dominates": 0.7,
    "accuracy-starts-high": 0.8,
    "accuracy-constant": 0.5,
    "loss-plateau": 0.5,
    "eval-left-behind": 0.15,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Weigh the classes by one over their share (weight= of cross_entropy), or draw them "
            "evenly with WeightedRandomSampler.",
            "Recall of the rare classes rises.",
        ),
        words(
            "Judge by balanced accuracy, or recall class by class, in place of accuracy.",
            "What is not learnt can be seen.",
            quick=True,
        ),
    )
