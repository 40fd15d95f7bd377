"""One output of the model has gone dead.

Looks like: one term of the loss stands still while the others fall; the
variance of that head's answers is zero.

Why: its weight in the sum is too small, or its own loss is least where it says
one value; a shared body that another task dominates.

Not to be confused with: output-constant (the whole model);
parameters-not-in-optimizer (the head does not move).

Settled by: the deviation of the head's outputs over a batch; the norm of its
own gradient in the shared layers.

Fix: weigh its loss so that its gradient in the shared layers is of the size of
the others'.

Sources: Kendall et al. 2018, arXiv:1705.07115 (weighing losses by their
uncertainty).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "auxiliary-head-collapsed"
ISSUE = "One output of the model has gone dead"
CONFIRM = "The deviation of that head's outputs over a batch is zero."
SETTING = "any"
PRIOR = 0.003
EXPECTS = {
    "term-goes-dead": 0.9,
    "term-weighs-nothing": 0.5,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Raise the weight of that head's loss until its gradient in the shared layers has "
            "the size of the others'.",
            "The deviation of its outputs grows, and its term falls.",
        ),
    )
