"""The gradients are clipped to a small part of themselves at every step.

Looks like: a loss that falls slowly under a learning rate that is usual, a
gradient norm far above the norm it is clipped to, parameters that move far
less than rate times gradient.

Why: a threshold taken from another model, or lower than the norm of any
gradient, turns each step into one of fixed length. Under Adam, which divides by
the size of the gradients, a threshold that always binds matters little; under
SGD it is a smaller learning rate.

Not to be confused with: lr-too-low (the parameters move as far as rate and
gradient allow); adam-epsilon-too-large (the same, without clipping);
early training of language models, where nearly every step is clipped, mildly.

Settled by: the norm before clipping beside the threshold; the same run with
the threshold at the 90th percentile of that norm.

Fix: set the threshold to about the 90th percentile of the norm before
clipping, or clip nothing.

Sources: Godbole et al. 2023, Deep Learning Tuning Playbook (gradient
clipping); Zhang et al. 2020, arXiv:1905.11881 (why clipping helps).
"""

from __future__ import annotations

import numpy as np

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "clipping-too-tight"
ISSUE = "The gradients are clipped to a small part of themselves at every step"
CONFIRM = "The gradient norm before clipping beside the threshold; the same run without clipping."
SETTING = "any"
PRIOR = 0.006
EXPECTS = {
    "clipping-always": 0.8,
    "parameters-barely-move": 0.6,
    "updates-held-back": 0.8,
    "loss-falls-straight": 0.4,
    "loss-not-falling": 0.3,
    "loss-at-chance": 0.1,
    "words-not-learnt": 0.05,
    "descent-falls-short": 0.5,
    "parameters-only-shrink": 0.05,
}
QUANTILE = 0.9


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return the threshold, from the norms of the run where they are known before clipping."""
    falls = "The loss falls faster, and about one step in ten is clipped."
    norm = run.get("grad_norm")
    value = norm.finite().value if norm is not None else np.array([])
    if len(value) and float(np.ptp(value)) > 0:
        threshold = float(f"{float(np.quantile(value, QUANTILE)):.2g}")
        return (Fix({"config": {"training.clip_norm": threshold}}, falls),)
    return (
        words(
            "Set the threshold to the 90th percentile of the norm that clip_grad_norm_ returns, "
            "which is the one before clipping.",
            falls,
        ),
    )
