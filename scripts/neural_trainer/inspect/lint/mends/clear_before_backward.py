"""optimizer.zero_grad() goes before the backward pass: put there, or moved there from too late.

Certain where the loop has one optimizer, spelled alike where it steps and where
the loss goes backward.
"""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.course import courses
from neural_trainer.inspect.lint.deeds import is_backward, is_step, stepped_optimizer
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.layout import Layout
from neural_trainer.inspect.lint.source import Source, shown
from neural_trainer.inspect.lint.training_loops import training_loops


def mend(source: Source, spot: Spot, layout: Layout) -> str | None:
    """Return the text with the gradients cleared before they are made."""
    assert isinstance(spot.node, ast.Call)
    if isinstance(spot.node.func, ast.Attribute) and "zero" in spot.node.func.attr:
        return _moved(source, spot.node, layout)
    for loop in training_loops(source):
        if loop.backwards[0].call.node is not spot.node:
            continue
        scope = loop.backwards[0].event.scope
        own = [s for s in loop.steps if s.event.scope is scope and is_step(source, s)]
        keys = {stepped_optimizer(source, step) for step in loop.steps}
        line = layout.statement(spot.node)
        one = len(keys) == 1 and len(loop.backwards) == 1 and "[" not in next(iter(keys))
        if not one or len(own) != len(loop.steps) or line is None:
            return None
        return layout.inserted(line, f"{shown(keys.pop())}.zero_grad()")
    return None


def _moved(source: Source, clearing: ast.Call, layout: Layout) -> str | None:
    """Return the text with a clearing moved before the backward pass that it follows."""
    for actions in courses(source, "backward", "manual_backward"):
        backward = None
        for action in actions:
            if is_backward(action):
                backward = action.call.node
            elif action.is_call and action.call.node is clearing and backward is not None:
                line, to = layout.statement(clearing), layout.statement(backward)
                if line is not None and to is not None and layout.same_block(line, to):
                    return layout.moved(line, to)
                return None
    return None
