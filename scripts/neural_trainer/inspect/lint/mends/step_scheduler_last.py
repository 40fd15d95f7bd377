"""scheduler.step() goes after optimizer.step(). Certain where both stand in one block."""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.course import courses
from neural_trainer.inspect.lint.deeds import is_step
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.layout import Layout
from neural_trainer.inspect.lint.source import Source


def mend(source: Source, spot: Spot, layout: Layout) -> str | None:
    """Return the text with the scheduler's step behind the optimizer's."""
    assert isinstance(spot.node, ast.Call)
    line = layout.statement(spot.node)
    for actions in courses(source, "step"):
        seen = False
        for action in actions:
            if action.is_call and action.call.node is spot.node:
                seen = True
            elif seen and is_step(source, action):
                to = layout.statement(action.call.node)
                if line is None or to is None or not layout.same_block(line, to):
                    return None
                return layout.moved(line, to, after=True)
    return None
