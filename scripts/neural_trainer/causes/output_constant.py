"""The model gives every input the same answer.

Looks like: an accuracy that is the same number again and again, at that of the
most frequent class; a loss that stands at the entropy of the labels.

Why: the inputs do not reach the output: a dead or saturated layer, inputs that
are zeroed or cropped away, features multiplied by nothing; only the last bias
learns.

Not to be confused with: class-imbalance (the inputs matter, the frequent class
wins); relus-dead and activations-saturated, which bring it about; labels-wrong
(answers differ, at chance).

Settled by: the outputs of ten different inputs.

Fix: follow ten inputs through the model to the layer where they become alike.

Sources: Karpathy 2019, A Recipe for Training Neural Networks
(input-independent baseline).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "output-constant"
ISSUE = "The model gives every input the same answer"
CONFIRM = "The outputs of ten different inputs are the same."
SETTING = "any"
PRIOR = 0.004
EXPECTS = {
    "loss-at-unit-variance": 0.1,
    "loss-at-clamp": 0.15,
    "outputs-alike": 0.9,
    "accuracy-constant": 0.6,
    "loss-at-chance": 0.6,
    "loss-held-high": 0.6,
    "loss-not-falling": 0.4,
    "loss-plateau": 0.3,
    "words-not-learnt": 0.2,
    "never-right": 0.3,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Follow ten different inputs through the model and print the deviation over them "
            "after each layer: the fault lies where it becomes zero.",
            "The outputs differ, and the loss passes the entropy of the labels.",
            quick=True,
        ),
    )
