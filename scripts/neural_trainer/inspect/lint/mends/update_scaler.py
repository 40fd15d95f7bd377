"""scaler.update() is put after scaler.step(optimizer). Certain where the step is a line alone."""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.layout import Layout
from neural_trainer.inspect.lint.roles import SCALER, role
from neural_trainer.inspect.lint.source import Source


def mend(source: Source, spot: Spot, layout: Layout) -> str | None:
    """Return the text with the scale updated after each step."""
    call = next((c for c in source.called("step") if c.node is spot.node), None)
    if call is None or role(source, call.receiver, call.scope) != SCALER:
        return None  # the optimizer steps by itself: which step is meant is not certain
    line = layout.statement(call.node)
    if line is None or call.receiver is None:
        return None
    return layout.inserted(line, f"{ast.unparse(call.receiver)}.update()", after=True)
