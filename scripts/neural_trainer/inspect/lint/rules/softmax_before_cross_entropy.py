"""Softmax or log_softmax is applied to what cross_entropy takes as logits.

Look: the first argument of F.cross_entropy or of a CrossEntropyLoss was made
by softmax, log_softmax, nn.Softmax or nn.LogSoftmax, in the call, on the way,
in a function of this file, or as the last layer of a model of this file.

Reason: cross_entropy applies log_softmax itself. Of probabilities, which lie in
[0, 1], the best it can see is a difference of one: the loss stops at
ln(1 + (K - 1) / e) for K classes, and gradients shrink. A log_softmax before it
changes nothing but the cost, yet says that nll_loss was meant.

Fix: hand it the logits; apply softmax where probabilities are read.

Not reported: a softmax that is applied only in evaluation; one whose result
goes to nll_loss or a KL divergence; targets.

Sources: PyTorch documentation, torch.nn.CrossEntropyLoss (the input is expected
to hold unnormalised logits).
"""

from __future__ import annotations

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loss_calls import loss_calls
from neural_trainer.inspect.lint.origins import origin_of_argument
from neural_trainer.inspect.lint.source import Source

ID = "softmax-before-cross-entropy"
CAUSE = "softmax-twice"


def find(source: Source) -> list[Spot]:
    """Return each activation whose result the loss takes for logits."""
    spots: dict[int, Spot] = {}
    for call in loss_calls(source, "cross_entropy", "CrossEntropyLoss"):
        made = origin_of_argument(source, call, 0, "input")
        if made is not None and made.operation in ("softmax", "log_softmax"):
            saw = (
                f"what {made.said} makes here goes into cross entropy on line "
                f"{call.node.lineno}, which takes logits"
            )
            spots.setdefault(id(made.node), Spot(made.node, saw))
    return list(spots.values())
