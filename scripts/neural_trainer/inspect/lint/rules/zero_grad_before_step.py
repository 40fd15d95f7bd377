"""Gradients are cleared between the backward pass and the step that was to use them.

Look: loss.backward(), then zero_grad() of the optimizer (or of the model, where
there is one optimizer), then optimizer.step(), with no backward pass between.

Reason: the step sees no gradient: weights stay as they are, or move by momentum
and weight decay alone.

Fix: clear before the backward pass, or after the step.

Not reported: clearing another optimizer's gradients, as two-network training
does; a clearing that a condition guards.

Sources: PyTorch documentation, torch.optim (taking an optimization step).
"""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.course import Action, courses
from neural_trainer.inspect.lint.deeds import (
    always_before,
    clears_gradients,
    is_backward,
    is_step,
    stepped_optimizer,
)
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.roles import MODEL, role
from neural_trainer.inspect.lint.scope import head_of
from neural_trainer.inspect.lint.source import Source

ID = "zero-grad-before-step"
CAUSE = "optimizer-step-missing"


def find(source: Source) -> list[Spot]:
    """Return each clearing that comes between a backward pass and its step."""
    if not source.called("backward", "manual_backward"):
        return []
    spots = []
    for actions in courses(source, "backward", "manual_backward"):
        steps = [a for a in actions if is_step(source, a)]
        alone = len({stepped_optimizer(source, s) for s in steps}) == 1
        backward: Action | None = None
        cleared: Action | None = None
        for action in actions:
            if is_backward(action):
                backward, cleared = action, None
            elif backward is not None and clears_gradients(action):
                each = not action.is_call and _of_each_parameter(source, action)
                cleared = action if action.is_call or each else cleared
            elif backward is not None and cleared is not None and is_step(source, action):
                called = cleared.is_call
                same = called and cleared.receiver == stepped_optimizer(source, action)
                model = (
                    not called or role(source, cleared.call.receiver, cleared.call.scope) == MODEL
                )
                certain = always_before(backward, cleared) and (
                    always_before(cleared, action) or not called
                )
                if certain and (same or (model and alone)):
                    saw = (
                        f"this clears the gradients of the backward pass on line "
                        f"{backward.call.node.lineno} before line {action.call.node.lineno} steps"
                    )
                    spots.append(Spot(cleared.event.node, saw))
                backward, cleared = None, None
    return spots


def _of_each_parameter(source: Source, action: Action) -> bool:
    """Tell whether .grad is cleared for each parameter of a model, under no condition."""
    own = action.event.place
    over = head_of(own.loops[-1]) if own.loops else ""
    value = getattr(action.event, "value", None)
    none = isinstance(value, ast.Constant) and value.value is None
    return none and not own.branches and ".parameters()" in over
