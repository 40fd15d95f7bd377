"""The attention logits grow without bound.

Looks like: the largest attention logit rises through the run into the hundreds
and thousands; later the gradient norm spikes, and the loss diverges or becomes
NaN.

Why: the product of queries and keys grows with the square of their weights,
and a softmax that has become one-hot gives no gradient that would hold it
back; high learning rates get there first.

Not to be confused with: lr-too-high in any other part of the model (no logit
grows); fp16-overflow (logits past 65,504 in half precision, at once).

Settled by: the largest logit of each layer over the run; the same run with a
norm of queries and keys.

Fix: a LayerNorm or RMSNorm of queries and keys (QK-norm); the scale 1/sqrt(d)
where it is missing; a cap of the logits; a lower learning rate or a longer
warm-up.

Sources: Dehghani et al. 2023, arXiv:2302.05442 (QK-norm at 22 billion
parameters); Wortsman et al. 2023, arXiv:2309.14322, section 3.1.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "attention-logits-growing"
ISSUE = "The attention logits grow without bound"
CONFIRM = "The same run with a norm of queries and keys: the largest logit stays level."
SETTING = "any"
PRIOR = 0.003
EXPECTS = {
    "attention-logits-grow": 0.95,
    "loss-nonfinite": 0.1,
    "nonfinite-after-climb": 0.7,
    "nonfinite-sudden": 0.3,
    "loss-spike": 0.1,
    "gradients-exploding": 0.05,
    "layer-gradients-exploding": 0.05,
    "unstable-at-peak-lr": 0.1,
    "loss-plateau": 0.3,
    "words-not-learnt": 0.1,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what bounds the logits."""
    level = "The largest attention logit stays under 100."
    return (
        words(
            "Normalise queries and keys before their product (QK-norm), and divide by sqrt(d).",
            level,
        ),
        words("Lower the peak learning rate to a third, or warm up for longer.", level),
    )
