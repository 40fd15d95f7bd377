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

from neural_trainer.inspect.lint.course import Action, courses
from neural_trainer.inspect.lint.deeds import (
    always_before,
    clears_gradients,
    is_backward,
    is_step,
    name_of,
    stepped_optimizer,
)
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.roles import MODEL, role
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
            elif backward is not None and action.is_call and clears_gradients(action):
                cleared = action
            elif backward is not None and cleared is not None and is_step(source, action):
                same = cleared.receiver == stepped_optimizer(source, action)
                model = role(source, cleared.call.receiver, cleared.call.scope) == MODEL
                certain = always_before(backward, cleared) and always_before(cleared, action)
                if certain and (same or (model and alone)):
                    name = name_of(cleared.receiver)
                    saw = (
                        f"{name}.{cleared.word} clears the gradients of the backward pass on line "
                        f"{backward.call.node.lineno} before line {action.call.node.lineno} steps"
                    )
                    spots.append(Spot(cleared.call.node, saw))
                backward, cleared = None, None
    return spots
