"""The initial weights are wrong: all alike, or too large.

Looks like: a first loss far above that of a guess and a gradient norm that
falls by decades (too large); or a loss that stays at chance with units that
all do the same (zero, or constant).

Why: weights of one value give each unit of a layer the same gradient, so that
they never differ; weights too large make answers sure and wrong, and saturate
what saturates.

Not to be confused with: inputs-not-normalised (the inputs are too large, the
weights are not); lr-too-high (the weights grow in the first steps);
relus-dead; gradients-vanishing.

Settled by: mean and deviation of each layer's weights and outputs before the
first step; the first loss beside that of a guess.

Fix: the layer's default, or Kaiming's for ReLU and Xavier's for tanh; a small
last layer.

Sources: Glorot and Bengio 2010 (PMLR 9); He et al. 2015, arXiv:1502.01852;
Karpathy 2019, A Recipe for Training Neural Networks (verify the loss at
initialisation).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "bad-initialisation"
ISSUE = "The initial weights are wrong: all alike, or too large"
CONFIRM = (
    "Deviation of each layer's weights and outputs before the first step; the first loss against "
    "that of a guess."
)
SETTING = "any"
PRIOR = 0.008
EXPECTS = {
    "loss-at-clamp": 0.06,
    "weights-start-far-off": 0.6,
    "first-loss-high": 0.5,
    "grad-norm-falls-far": 0.5,
    "loss-at-chance": 0.4,
    "loss-recoils-to-chance": 0.3,
    "param-norm-inflates": 0.2,
    "parameters-leap": 0.2,
    "units-dead": 0.2,
    "loss-not-falling": 0.3,
    "loss-above-any-guess": 0.5,
    "words-not-learnt": 0.15,
    "gradient-dwarfs-parameters": 0.25,
    "descent-falls-short": 0.1,
    "parameters-only-shrink": 0.5,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Take the default initialisation of the layers, or nn.init.kaiming_normal_ before "
            "ReLU and nn.init.xavier_normal_ before tanh, with biases at zero.",
            "The first loss is that of a guess, and the gradient norm stays within a decade.",
            quick=True,
        ),
    )
