"""The gradients explode through the recurrence.

Looks like: gradient norms of the recurrent layers, and of all before them,
that are tens to millions of times that of the head and jump about; a loss that
falls badly, with spikes or NaN.

Why: through a recurrence a gradient is multiplied by the same matrix once a
time step; where that matrix stretches, a hundred steps stretch it beyond
measure.

Not to be confused with: lr-too-high (the head's gradient grows as well);
bad-batch (one step).

Settled by: the gradient norm by the length of the sequence: it grows as a
power of it.

Fix: clip the gradient norm; orthogonal initialisation of the recurrent matrix;
LSTM or GRU; shorter stretches of backpropagation through time.

Sources: Pascanu et al. 2013, arXiv:1211.5063 (clipping); Le et al. 2015,
arXiv:1504.00941 (initialisation of recurrent rectifiers).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "recurrent-gradients-exploding"
ISSUE = "The gradients explode through the recurrence"
CONFIRM = "The gradient norm at half the length of the sequences: does it fall by decades?"
SETTING = "any"
PRIOR = 0.003
EXPECTS = {
    "recurrent-gradients-large": 0.9,
    "layer-gradients-exploding": 0.1,
    "gradients-exploding": 0.05,
    "loss-not-falling": 0.3,
    "loss-nonfinite": 0.2,
    "nonfinite-after-climb": 0.5,
    "nonfinite-sudden": 0.5,
    "loss-spike": 0.2,
    "loss-plateau": 0.3,
    "gradient-dwarfs-parameters": 0.7,
    "parameters-only-shrink": 0.2,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what tames a recurrence."""
    tame = "The recurrent layers' gradient norm is within a factor of ten of the head's."
    return (
        words(
            "Clip with torch.nn.utils.clip_grad_norm_ at about the norm of the healthy steps, "
            "before optimizer.step().",
            "A step is no longer thrown far; the loss falls without spikes.",
            quick=True,
        ),
        words(
            "Initialise the recurrent matrix with torch.nn.init.orthogonal_, or use an LSTM or a "
            "GRU.",
            tame,
        ),
    )
