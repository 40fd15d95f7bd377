"""The embedding's gradient breaks the run.

Looks like: spikes of the gradient norm, and then of the loss, that begin in
the embedding; its weights grow faster than others.

Why: a few rows receive all of the gradient of frequent tokens, at the scale of
the largest; a rate that suits matrices is too high for rows.

Not to be confused with: lr-too-high (all layers at once); bad-batch (one spike
that heals); attention-logits-growing.

Settled by: the gradient norm of the embedding beside that of the other layers
at the first spike.

Fix: a smaller initial scale, a norm after the embedding, a lower rate or a
shrunk gradient for it.

Sources: Zeng et al. 2022, arXiv:2210.02414 (GLM-130B, embedding gradient
shrink); Le Scao et al. 2022, arXiv:2211.05100 (BLOOM, a norm after the
embedding).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "embedding-unstable"
ISSUE = "The embedding's gradient breaks the run"
CONFIRM = "The embedding's gradient norm beside that of the other layers at the first spike."
SETTING = "any"
PRIOR = 0.003
EXPECTS = {
    "layer-gradients-exploding": 0.3,
    "loss-spike": 0.4,
    "param-norm-inflates": 0.4,
    "parameters-leap": 0.3,
    "updates-large": 0.3,
    "loss-diverging": 0.3,
    "words-not-learnt": 0.2,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Give the embedding a parameter group of its own with a tenth of the learning rate "
            "and no weight decay, or a LayerNorm behind it.",
            "The embedding's gradient norm keeps pace with that of the other layers.",
        ),
    )
