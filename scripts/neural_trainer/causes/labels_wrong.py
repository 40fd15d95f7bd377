"""The labels belong to other inputs.

Looks like: training loss falls slowly, by memorising, or stands at chance;
held-out accuracy stays at chance throughout and held-out loss rises from the
start.

Why: inputs shuffled without their labels, an index off by one, files sorted
differently, a join that went wrong.

Not to be confused with: overfitting (held-out data improves first);
label-noise (a part is wrong, held-out data improves); train-val-mismatch;
lr-too-low.

Settled by: twenty examples looked at with their labels; whether labels
shuffled on purpose look the same.

Fix: keep inputs and labels in one structure and shuffle that.

Sources: Zhang et al. 2017, arXiv:1611.03530 (networks fit random labels).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "labels-wrong"
ISSUE = "The labels belong to other inputs"
CONFIRM = (
    "Look at twenty examples with their labels; shuffle the labels on purpose and compare the "
    "curves."
)
SETTING = "any"
PRIOR = 0.006
EXPECTS = {
    "eval-rises-from-chance": 0.4,
    "targets-out-of-step": 0.2,
    "eval-metric-falls": 0.1,
    "eval-stays-at-chance": 0.7,
    "eval-never-improves": 0.6,
    "eval-gap-growing": 0.5,
    "eval-accuracy-stands": 0.5,
    "loss-held-high": 0.2,
    "loss-at-chance": 0.2,
    "loss-falls-straight": 0.3,
    "words-not-learnt": 0.2,
    "eval-left-behind": 0.2,
    "eval-above-guess-at-first": 0.1,
    "eval-below-guess": 0.05,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Look at twenty training examples with their labels; keep both in one dataset, and "
            "shuffle only that.",
            "Held-out accuracy leaves chance within the first evaluations.",
            quick=True,
        ),
    )
