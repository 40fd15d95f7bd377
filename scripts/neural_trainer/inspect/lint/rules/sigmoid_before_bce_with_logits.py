"""Sigmoid is applied to what binary_cross_entropy_with_logits takes as logits.

Look: the first argument of F.binary_cross_entropy_with_logits or of a
BCEWithLogitsLoss was made by sigmoid or nn.Sigmoid, in the call, on the way, in
a function of this file, or as the last layer of a model of this file.

Reason: the loss applies sigmoid itself. Of values in [0, 1] it can see
probabilities of .5 to .73 alone: the loss stops high, gradients shrink.

Fix: hand it the logits; apply sigmoid where probabilities are read.

Not reported: sigmoid before BCELoss, which wants it; targets; a sigmoid that is
applied only in evaluation.

Sources: PyTorch documentation, torch.nn.BCEWithLogitsLoss (combines a Sigmoid
layer and the BCELoss in one class).
"""

from __future__ import annotations

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loss_calls import loss_calls
from neural_trainer.inspect.lint.origins import origin_of_argument
from neural_trainer.inspect.lint.source import Source

ID = "sigmoid-before-bce-with-logits"
CAUSE = "softmax-twice"


def find(source: Source) -> list[Spot]:
    """Return each activation whose result the loss takes for logits."""
    spots: dict[int, Spot] = {}
    for call in loss_calls(source, "binary_cross_entropy_with_logits", "BCEWithLogitsLoss"):
        made = origin_of_argument(source, call, 0, "input")
        if made is not None and made.operation in ("sigmoid", "sigmoid_", "softmax"):
            saw = (
                f"what {made.said} makes here goes into a loss of logits on line "
                f"{call.node.lineno}: it applies sigmoid itself"
            )
            spots.setdefault(id(made.node), Spot(made.node, saw))
    return list(spots.values())
