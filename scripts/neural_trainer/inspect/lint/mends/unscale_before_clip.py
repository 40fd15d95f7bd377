"""scaler.unscale_(optimizer) is put before the clip of scaled gradients.

Certain where the scaler steps in the same function, by an optimizer that has a
name there.
"""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.layout import Layout
from neural_trainer.inspect.lint.roles import SCALER, role
from neural_trainer.inspect.lint.source import Source


def mend(source: Source, spot: Spot, layout: Layout) -> str | None:
    """Return the text with the gradients unscaled before they are clipped."""
    assert isinstance(spot.node, ast.Call)
    line = layout.statement(spot.node)
    scope = next((c.scope for c in source.called(_word(spot.node)) if c.node is spot.node), None)
    steps = [
        call
        for call in source.called("step")
        if call.scope is scope and role(source, call.receiver, call.scope) == SCALER
    ]
    if line is None or len(steps) != 1:
        return None
    optimizer, scaler = steps[0].argument(0, "optimizer"), steps[0].receiver
    if not isinstance(optimizer, (ast.Name, ast.Attribute)) or scaler is None:
        return None
    return layout.inserted(line, f"{ast.unparse(scaler)}.unscale_({ast.unparse(optimizer)})")


def _word(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
