"""Held-out data is treated otherwise, or is of another kind.

Looks like: held-out loss above training loss from the first evaluations on, in
parallel or growing from the start, at no time better than at first.

Why: other preprocessing, another scaling, another distribution, another
tokenizer, labels in another order.

Not to be confused with: overfitting (held-out loss improves first, then
turns); train-mode-while-evaluating; loss-reduction-wrong (one exact factor,
even before training).

Settled by: the loss of a part of the training data, treated as the held-out
data is.

Fix: one function for both; statistics of the training data for both.

Sources: Quionero-Candela et al. 2009, Dataset Shift in Machine Learning.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "train-val-mismatch"
ISSUE = "Held-out data is treated otherwise, or is of another kind"
CONFIRM = "The loss of a thousand training examples, passed through the held-out pipeline."
SETTING = "any"
PRIOR = 0.008
EXPECTS = {
    "scored-on-another-scale": 0.6,
    "eval-metric-falls": 0.1,
    "eval-never-improves": 0.5,
    "eval-apart-from-start": 0.4,
    "eval-gap-growing": 0.4,
    "eval-accuracy-stands": 0.3,
    "eval-apart-at-first": 0.7,
    "eval-above-guess-at-first": 0.5,
    "eval-below-guess": 0.15,
    "eval-left-behind": 0.5,
    "eval-best-at-first": 0.1,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Pass training examples through the held-out pipeline and compare their loss: what "
            "differs is the fault. Use one function for both.",
            "Training and held-out loss begin together.",
            quick=True,
        ),
    )
