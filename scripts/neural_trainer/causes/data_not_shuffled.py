"""The training data comes in an order.

Looks like: a loss that repeats itself with the period of an epoch, or falls
near zero and jumps as one class follows another; held-out loss goes up and
down with it.

Why: batches of one kind pull the model to that kind, and the next one back:
their gradients are not those of the whole.

Not to be confused with: lr-too-high (ups and downs without a period); the mild
sawtooth of repeated data, which is healthy; a curriculum.

Settled by: the entropy of the labels within batches beside that of the whole.

Fix: shuffle=True; DistributedSampler.set_epoch in each epoch; a large shuffle
buffer for streams.

Sources: Bottou 2012, Stochastic Gradient Descent Tricks; PyTorch
documentation, DistributedSampler.set_epoch.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "data-not-shuffled"
ISSUE = "The training data comes in an order"
CONFIRM = "The entropy of the labels within a batch beside that of the whole data."
SETTING = "any"
PRIOR = 0.006
EXPECTS = {
    "labels-in-turn": 0.7,
    "loss-periodic": 0.5,
    "eval-loss-jumps": 0.5,
    "param-norm-inflates": 0.3,
    "parameters-leap": 0.2,
    "loss-held-high": 0.2,
    "gradients-alike": 0.1,
    "loss-spike": 0.2,
    "progress-as-lr-decays": 0.05,
    "eval-above-guess-at-first": 0.15,
    "eval-below-guess": 0.1,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Pass shuffle=True to the training DataLoader (with a DistributedSampler call "
            "set_epoch each epoch; of a stream, shuffle a large buffer).",
            "The loss has no period, and the held-out loss falls steadily.",
            quick=True,
        ),
    )
