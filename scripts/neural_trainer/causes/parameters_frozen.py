"""Parameters are frozen that the run would need.

Looks like: a loss that does not fall, or stands at that of a guess, while a
part of the model does not ask for a gradient.

Why: requires_grad was set to False for more than was meant, or not set back:
the new head with the rest, the layers that ought to be unfrozen by now.

Not to be confused with: parameters-not-in-optimizer (they get a gradient and
no step); LoRA or a fine-tune, where most is frozen and the run learns all the
same; lr-too-low.

Settled by: the names of the parameters with requires_grad False; the same run
with all of them trained.

Fix: requires_grad_(True) for the layers that are to learn, before the
optimizer is made.

Sources: PyTorch documentation, Autograd mechanics, Setting requires_grad.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "parameters-frozen"
ISSUE = "Parameters are frozen that the run would need"
CONFIRM = "Which parameters have requires_grad False, and does the run learn with all of them?"
SETTING = "any"
PRIOR = 0.005
EXPECTS = {
    "untrained-layers-frozen": 0.8,
    "layers-frozen": 0.95,
    "loss-not-falling": 0.7,
    "loss-at-chance": 0.2,
    "loss-plateau": 0.3,
    "parameters-barely-move": 0.5,
    "updates-held-back": 0.3,
    "loss-falls-straight": 0.1,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return how the layers are thawed."""
    return (
        words(
            "Call requires_grad_(True) on the layers that are to learn, before the optimizer is "
            "made.",
            "The layers that were frozen change, and the loss falls.",
            quick=True,
        ),
    )
