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
from neural_trainer.inspect.lint.optimizer_builds import models_in
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
        backward: Action | None = None
        cleared: list[Action] = []
        stepped: set[str] = set()
        for action in actions:
            if is_backward(action):
                backward, cleared, stepped = action, [], set()
            elif backward is not None and clears_gradients(action):
                each = not action.is_call and _of_each_parameter(source, action)
                cleared += [action] if action.is_call or each else []
            elif backward is not None and is_step(source, action):
                optimizer = stepped_optimizer(source, action)
                if optimizer in stepped:
                    continue
                stepped.add(optimizer)
                mine = [c for c in cleared if _clears_for(source, actions, c, action)]
                if mine and always_before(backward, mine[-1]):
                    saw = (
                        f"this clears the gradients of the backward pass on line "
                        f"{backward.call.node.lineno} before line {action.call.node.lineno} steps"
                    )
                    spots.append(Spot(_apart(mine[-1], backward), saw))
    return spots


def _clears_for(source: Source, actions: list[Action], cleared: Action, step: Action) -> bool:
    """Tell whether a clearing is of what a step steps: the optimizer, its model, or all."""
    if cleared.is_call and not always_before(cleared, step):
        return False
    optimizer = stepped_optimizer(source, step)
    if cleared.is_call and cleared.receiver == optimizer:
        return True
    if cleared.is_call and role(source, cleared.call.receiver, cleared.call.scope) != MODEL:
        return False
    steps = {stepped_optimizer(source, a) for a in actions if is_step(source, a)}
    models = models_in(source, actions, optimizer) if cleared.is_call else set()
    return len(steps) == 1 or cleared.receiver in models


def _apart(cleared: Action, backward: Action) -> ast.AST:
    """Return where a clearing and its backward pass part: a call that only one of them is in."""
    own = [call for call in cleared.via if call not in backward.via]
    return own[0].node if own else cleared.event.node


def _of_each_parameter(source: Source, action: Action) -> bool:
    """Tell whether .grad is cleared for each parameter of a model, under no condition."""
    own = action.event.place
    over = head_of(own.loops[-1]) if own.loops else ""
    value = getattr(action.event, "value", None)
    none = isinstance(value, ast.Constant) and value.value is None
    return none and not own.branches and ".parameters()" in over
