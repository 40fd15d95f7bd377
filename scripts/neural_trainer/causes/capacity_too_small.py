"""The model is too small for the data.

Looks like: training and held-out loss stand together at a level that is far
from learnt; gradients are healthy, weights move, and neither more steps nor
another rate helps.

Why: a function of that size cannot tell the inputs apart that it should;
nothing is memorised either.

Not to be confused with: lr-too-low (weights hardly move); label-noise (the
floor is the noise's); weight-decay-too-high (weights shrink); a task whose
floor that is.

Settled by: one batch, which even a small model overfits; a model twice as
wide, whose floor is lower.

Fix: more width, then more depth; or features that make the task easier.

Sources: Karpathy 2019, A Recipe for Training Neural Networks (overfit).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "capacity-too-small"
ISSUE = "The model is too small for the data"
CONFIRM = (
    "The same run with twice the width: its floor is lower. One batch alone can be overfitted."
)
SETTING = "any"
PRIOR = 0.01
EXPECTS = {
    "loss-held-high": 0.7,
    "loss-plateau": 0.6,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Double the width of the hidden layers, and once more while the training loss falls "
            "by it; then add layers.",
            "The floor of the training loss is lower.",
        ),
    )
