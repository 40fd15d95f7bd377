"""The inputs are not scaled.

Looks like: a first loss and gradient norm far above their later level, slow
learning or a recoil to chance; some features drown the others.

Why: the gradient of the first layer is proportional to its inputs: pixels of 0
to 255, or features in units of thousands, make it that much larger, and the
sharpness of the loss with its square.

Not to be confused with: bad-initialisation (inputs of unit size, weights too
large); lr-too-high (the same at any scale of the inputs);
activations-saturated, which it brings about.

Settled by: mean and deviation of each input feature over a batch.

Fix: subtract the mean and divide by the deviation of the training data, the
same numbers in evaluation.

Sources: LeCun et al. 1998, Efficient BackProp.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "inputs-not-normalised"
ISSUE = "The inputs are not scaled"
CONFIRM = "Mean and deviation of each input feature over a batch: they should be about 0 and 1."
SETTING = "any"
PRIOR = 0.006
EXPECTS = {
    "loss-at-clamp": 0.06,
    "inputs-far-off-scale": 0.9,
    "first-loss-high": 0.7,
    "grad-norm-falls-far": 0.7,
    "loss-recoils-to-chance": 0.4,
    "param-norm-inflates": 0.4,
    "parameters-leap": 0.5,
    "loss-at-chance": 0.3,
    "units-dead": 0.2,
    "loss-above-any-guess": 0.3,
    "gradient-dwarfs-parameters": 0.7,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Subtract the mean and divide by the deviation of each feature, both from the "
            "training data alone, in training and in evaluation.",
            "The first loss is that of a guess, and the gradient norm keeps its size.",
            quick=True,
        ),
    )
