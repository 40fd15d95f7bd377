"""cross_entropy(softmax(x), y) becomes cross_entropy(x, y); sigmoid before its loss likewise.

Certain where the activation stands in the call of the loss itself: what other
code reads stays as it is.
"""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.layout import Layout
from neural_trainer.inspect.lint.loss_calls import loss_calls
from neural_trainer.inspect.lint.source import Source

_ACTIVATIONS = ("softmax", "log_softmax", "sigmoid")
_LOSSES = (
    ("cross_entropy", "CrossEntropyLoss"),
    ("binary_cross_entropy_with_logits", "BCEWithLogitsLoss"),
)


def mend(source: Source, spot: Spot, layout: Layout) -> str | None:
    """Return the text with the activation taken out of the loss's first argument."""
    given = spot.node
    if not isinstance(given, ast.Call) or not isinstance(given.func, ast.Attribute):
        return None
    if given.func.attr not in _ACTIVATIONS or not _goes_into_loss(source, given):
        return None
    function = ast.unparse(given.func.value)
    if function in ("F", "torch", "functional", "nn.functional", "torch.nn.functional"):
        inner = next(iter(given.args), None)
    else:
        inner = given.func.value
    old, new = layout.node(given), layout.node(inner) if inner is not None else None
    return layout.replaced((old, new)) if old is not None and new is not None else None


def _goes_into_loss(source: Source, given: ast.Call) -> bool:
    """Tell whether an activation is what a loss is called with."""
    calls = [call for names in _LOSSES for call in loss_calls(source, *names)]
    return any(call.argument(0, "input") is given for call in calls)
