"""The model sees the tokens that it is to predict.

Looks like: a language model whose loss falls far below what text allows, in
training and held out alike, and whose samples are worthless.

Why: attention without a causal mask, a mask of the wrong sign or shape, or
targets that are not shifted: the answer is in the input.

Not to be confused with: data-leakage (the answer is in other examples);
overfitting (held-out loss rises); repetition-collapse (a low loss on
repetitive text).

Settled by: the gradient of the logit at position t with respect to the input
at t + 1: it must be zero.

Fix: is_causal=True, or a lower triangular mask; targets are the inputs shifted
by one.

Sources: Vaswani et al. 2017, arXiv:1706.03762; PyTorch documentation,
scaled_dot_product_attention.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "causal-mask-missing"
ISSUE = "The model sees the tokens that it is to predict"
CONFIRM = "Change the input at position t + 1: the logits at t must not change."
SETTING = "any"
PRIOR = 0.004
EXPECTS = {
    "attends-ahead": 0.9,
    "targets-out-of-step": 0.1,
    "eval-too-good": 0.8,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Pass is_causal=True to scaled_dot_product_attention, or mask with torch.triu(..., "
            "diagonal=1), and shift the targets by one.",
            "The loss stays above the entropy of the text.",
            quick=True,
        ),
    )
