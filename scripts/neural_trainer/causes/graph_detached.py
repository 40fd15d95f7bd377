"""A part of the model is cut off from the loss.

Looks like: a loss that does not fall, or falls only as far as what is left can
bring it; weight matrices that an optimizer holds and that get no gradient, or
parameters that do not move at all.

Why: detach(), .data, .item(), numpy() or no_grad() between the part and the
loss; a tensor made anew from a list of numbers; an output that is not used.

Not to be confused with: parameters-frozen (they ask for no gradient);
gradients-vanishing (a gradient that is small, not missing); relus-dead (the
gradient is zero because no unit is active).

Settled by: which .grad is None after one backward(); loss.grad_fn.

Fix: take out what cuts: compute under the graph, detach only what is logged.

Sources: PyTorch documentation, torch.Tensor.detach and Autograd mechanics.
"""

from __future__ import annotations

from neural_trainer.causes.fix import Fix, words
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import Findings

ID = "graph-detached"
ISSUE = "A part of the model is cut off from the loss"
CONFIRM = "Which parameters have .grad None after one backward() that is right after the first."
SETTING = "any"
PRIOR = 0.004
EXPECTS = {
    "gradient-absent": 0.4,
    "layers-without-gradient": 0.8,
    "parameters-unmoved": 0.2,
    "parameters-barely-move": 0.3,
    "loss-not-falling": 0.4,
    "loss-at-chance": 0.3,
    "loss-plateau": 0.3,
    "words-not-learnt": 0.05,
}


def fixes(run: Run, findings: Findings) -> tuple[Fix, ...]:
    """Return what to take out."""
    found = findings.get("layers-without-gradient")
    where = f", and of {found.layers[0]} first" if found is not None and found.layers else ""
    return (
        words(
            "Look for detach(), .data, .item(), numpy(), torch.tensor(...) and no_grad() between "
            f"the output of the part{where} and the loss, and take them out.",
            "Every trained parameter has a gradient, and the loss falls.",
            quick=True,
        ),
    )
