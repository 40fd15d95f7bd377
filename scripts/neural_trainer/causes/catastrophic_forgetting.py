"""The model forgets what it knew.

Looks like: the new task's loss falls while figures of the old one get steadily
worse.

Why: nothing in the loss holds the old answers; a rate of pre-training moves
the weights far from them.

Not to be confused with: overfitting (on the new task itself);
train-val-mismatch.

Settled by: the old task's figures before and after; the same fine-tune at a
tenth of the rate.

Fix: a lower rate, old data mixed in, LoRA or frozen layers, a penalty on the
distance.

Sources: McCloskey and Cohen 1989; Kirkpatrick et al. 2017, arXiv:1612.00796;
Biderman et al. 2024, arXiv:2405.09673 (LoRA learns less and forgets less).
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "catastrophic-forgetting"
ISSUE = "The model forgets what it knew"
CONFIRM = "The old task's figures at a tenth of the learning rate."
SETTING = "any"
PRIOR = 0.004
EXPECTS = {
    "eval-metric-falls": 0.2,
    "old-task-forgotten": 0.95,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what mends it, the best first."""
    return (
        words(
            "Mix 5 to 20 % of the old data into the batches, or fine-tune with LoRA.",
            "The old task's figures hold.",
        ),
        words(
            "Lower the learning rate to a tenth and stop at the lowest held-out loss of both "
            "tasks.",
            "The weights stay near those that know the old task.",
            quick=True,
        ),
    )
