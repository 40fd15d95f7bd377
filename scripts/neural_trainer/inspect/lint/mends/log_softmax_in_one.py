"""log(softmax(x, dim)) becomes log_softmax(x, dim). Certain where both stand in one expression."""

from __future__ import annotations

import ast
from typing import Any

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.layout import Layout
from neural_trainer.inspect.lint.source import Source


def mend(source: Source, spot: Spot, layout: Layout) -> str | None:
    """Return the text with one call in the place of two."""
    assert isinstance(spot.node, ast.Call)
    function = spot.node.func
    if not isinstance(function, ast.Attribute):
        return None
    inner = spot.node.args[0] if spot.node.args else function.value
    if not isinstance(inner, ast.Call) or not isinstance(inner.func, ast.Attribute):
        return None
    if inner.func.attr != "softmax":
        return None
    old: Any = layout.node(spot.node)
    made: Any = layout.node(inner)
    if old is None or made is None:
        return None
    named = made.func.with_changes(attr=layout.cst.Name("log_softmax"))
    return layout.replaced((old, made.with_changes(func=named, lpar=old.lpar, rpar=old.rpar)))
