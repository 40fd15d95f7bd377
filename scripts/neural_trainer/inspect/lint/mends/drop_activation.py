"""cross_entropy(softmax(x), y) becomes cross_entropy(x, y); sigmoid before its loss likewise.

Certain where the activation stands in the call of the loss itself: what other
code reads stays as it is.
"""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.layout import Layout
from neural_trainer.inspect.lint.source import Source

_ACTIVATIONS = ("softmax", "log_softmax", "sigmoid")


def mend(source: Source, spot: Spot, layout: Layout) -> str | None:
    """Return the text with the activation taken out of the loss's first argument."""
    assert isinstance(spot.node, ast.Call)
    named = [k.value for k in spot.node.keywords if k.arg == "input"]
    given = named[0] if named else (spot.node.args[0] if spot.node.args else None)
    if not isinstance(given, ast.Call) or not isinstance(given.func, ast.Attribute):
        return None
    if given.func.attr not in _ACTIVATIONS:
        return None
    function = ast.unparse(given.func.value)
    if function in ("F", "torch", "functional", "nn.functional", "torch.nn.functional"):
        inner = next(iter(given.args), None)
    else:
        inner = given.func.value
    old, new = layout.node(given), layout.node(inner) if inner is not None else None
    return layout.replaced((old, new)) if old is not None and new is not None else None
