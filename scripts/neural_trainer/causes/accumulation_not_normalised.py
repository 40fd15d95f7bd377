"""Gradients are accumulated over batches and not divided by their number.

Looks like: a gradient norm as many times too large as batches are summed, and
what a learning rate that much too high does: spikes, divergence, parameters
that grow; under Adam, or with clipping, much less of it.

Why: backward() adds up. A mean over n batches needs each loss divided by n; of
batches that differ in tokens or examples, by their own share of the whole.

Not to be confused with: lr-too-high (the same curve without accumulation);
zero-grad-missing (the sum never ends); loss-reduction-wrong (the loss itself
is a sum).

Settled by: the gradient of one batch of 2n beside that of two of n: equal to
rounding.

Fix: divide each loss by the number of batches of the window, or by the tokens
of the window.

Sources: Hugging Face, transformers issue 34191 and the change that followed
(the loss averaged over the tokens of all accumulated batches).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "accumulation-not-normalised"
ISSUE = "Gradients are accumulated over batches and not divided by their number"
CONFIRM = "The gradient of one batch of 2n examples beside that of two of n: they must be equal."
SETTING = "any"
PRIOR = 0.004
EXPECTS = {
    "accumulated-undivided": 0.85,
    "param-norm-inflates": 0.4,
    "parameters-leap": 0.5,
    "loss-diverging": 0.3,
    "loss-spike": 0.3,
    "early-instability": 0.3,
    "unstable-at-peak-lr": 0.3,
    "gradients-exploding": 0.1,
    "loss-recoils-to-chance": 0.2,
    "loss-nonfinite": 0.1,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return how a window is averaged."""
    return (
        words(
            "Divide each loss by the number of batches in the window before backward(), or, where "
            "batches differ in tokens, divide the summed loss by the tokens of the window.",
            "The gradient norm no longer depends on the length of the window.",
            quick=True,
        ),
        words(
            "Until then lower the learning rate by the length of the window.",
            "Under SGD the steps are the same as with the mean.",
        ),
    )
