"""Parameters that are to be trained are in no optimizer.

Looks like: a loss that falls more slowly or less far than it should, with
gradients and a learning rate that look sound; some layers keep the weights
that they were made with.

Why: the optimizer was made before a layer was added or replaced (a new head),
from another model, or from a list that leaves some out.

Not to be confused with: parameters-frozen (they do not ask for a gradient at
all); lr-too-low (all layers move, a little); a fine-tune that trains the upper
layers alone on purpose; a second optimizer that the Monitor was not shown.

Settled by: the parameters of the model that are in none of
optimizer.param_groups; the difference of each tensor over one step.

Fix: make the optimizer after the model is complete, from model.parameters(),
or add the new layer with optimizer.add_param_group.

Sources: PyTorch documentation, torch.optim, Constructing it.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "parameters-not-in-optimizer"
ISSUE = "Parameters that are to be trained are in no optimizer"
CONFIRM = "Which parameters of the model are in none of optimizer.param_groups?"
SETTING = "any"
PRIOR = 0.005
EXPECTS = {
    "untrained-layers-unheld": 0.8,
    "layers-outside-optimizer": 0.9,
    "loss-not-falling": 0.2,
    "loss-plateau": 0.3,
    "loss-at-chance": 0.05,
    "gradients-pile-up": 0.5,
    "parameters-barely-move": 0.4,
    "updates-held-back": 0.5,
    "descent-falls-short": 0.2,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return how the optimizer is made with all parameters."""
    return (
        words(
            "Make the optimizer from model.parameters() once the model is complete, or add what "
            "is missing with optimizer.add_param_group({'params': layer.parameters()}).",
            "Every trainable tensor changes at each step, and the loss falls further.",
            quick=True,
        ),
    )
