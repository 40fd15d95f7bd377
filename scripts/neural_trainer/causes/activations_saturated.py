"""Activations are saturated: tanh or sigmoid units stand at their bounds.

Looks like: a loss that falls slowly or stands; most outputs of the hidden tanh
or sigmoid modules are within a hundredth of a bound, where their slope is near
zero.

Why: the inputs of the units are too large: weights that are initialised too
large, inputs that are not normalised, or weights that were driven there by a
learning rate too high.

Not to be confused with: gradients-vanishing (the units work in their middle
and the depth alone does it); an output unit that is sure of its answer.

Settled by: the deviation of what goes into the units, at the first step and
now; the same run with normalised inputs.

Fix: normalise the inputs, Xavier initialisation, a LayerNorm before the
activation, or ReLU or GELU in its place.

Sources: Glorot and Bengio 2010, AISTATS.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "activations-saturated"
ISSUE = "Activations are saturated: tanh or sigmoid units stand at their bounds"
CONFIRM = "The deviation of what goes into these units, at the first step and now."
SETTING = "any"
PRIOR = 0.005
EXPECTS = {
    "units-saturated": 0.95,
    "layer-gradients-vanishing": 0.1,
    "depth-out-of-balance": 0.1,
    "loss-not-falling": 0.3,
    "loss-at-chance": 0.1,
    "loss-plateau": 0.4,
    "gradient-gone": 0.2,
    "loss-held-high": 0.3,
    "loss-above-any-guess": 0.2,
    "first-loss-high": 0.3,
    "gradient-dwarfs-parameters": 0.2,
    "parameters-only-shrink": 0.5,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what keeps the units in the middle of their range."""
    middle = "Under a tenth of the outputs lie at a bound."
    return (
        words("Normalise the inputs, and initialise with torch.nn.init.xavier_normal_.", middle),
        words("Add a LayerNorm before the activation, or use GELU in its place.", middle),
    )
