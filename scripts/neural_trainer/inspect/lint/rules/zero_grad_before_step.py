"""Gradients are cleared between the backward pass and the step that was to use them.

Look: loss.backward(), then zero_grad() of the optimizer (or of the model, where
there is one optimizer), then optimizer.step(), with no backward pass between. Two
backward passes with a clearing between and one step after: of a loss of one model,
whose gradients, or whose optimizer's, are cleared before anything has used them.

Reason: the step sees no gradient: weights stay as they are, or move by momentum
and weight decay alone.

Fix: clear before the backward pass, or after the step.

Not reported: clearing another optimizer's gradients, as two-network training
does; a clearing that a condition guards; gradients that are read.

Sources: PyTorch documentation, torch.optim (taking an optimization step).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.course import Action, course_of, courses
from neural_trainer.inspect.lint.deeds import (
    always_before,
    clears_gradients,
    is_backward,
    is_step,
    loss_of,
    stepped_optimizer,
)
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import models_in
from neural_trainer.inspect.lint.roles import MODEL, role
from neural_trainer.inspect.lint.scope import head_of
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop, training_loops

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
                    spots.append(Spot(_apart(mine[-1], backward, action), saw))
    return spots + list(_thrown_away(source))


def _thrown_away(source: Source) -> Iterator[Spot]:
    """Yield each clearing of the one model that a loss is of, before another that its step uses."""
    for loop in training_loops(source):
        if re.search(r"\.grad\b", " ".join(ast.unparse(a.event.node) for a in loop.actions)):
            continue
        for position, first in enumerate(loop.actions):
            if not is_backward(first):
                continue
            models = _run_for(source, loop.actions[:position], first)
            cleared = _first_use(source, loop.actions[position + 1 :], models)
            if cleared is None or not _clears(source, loop, cleared, first, models):
                continue
            later = loop.actions[loop.actions.index(cleared) :]
            again = next((a for a in later if is_backward(a)), None)
            if again is not None and again.place.loops == first.place.loops:
                saw = (
                    f"this clears the gradients of the backward pass on line "
                    f"{first.call.node.lineno} before any step has used them"
                )
                yield Spot(_apart(cleared, first, again), saw)


def _first_use(source: Source, later: list[Action], models: set[str]) -> Action | None:
    """Return what clears gradients right after a backward pass, None where others come first."""
    for action in later:
        if not action.is_call or action.laid_in:
            continue
        if clears_gradients(action):
            return action
        given = [
            getattr(v.func, "value", v) if isinstance(v, ast.Call) else v
            for v in action.call.node.args
        ]
        handed = models & {action.key(source, value) for value in given}  # f(net), net.parameters()
        if is_backward(action) or _MAY_USE.search(action.word) or (handed and not action.called):
            return None
    return None


_MAY_USE = re.compile(r"step|update|optimi|clip|apply|hook", re.IGNORECASE)
"""What calls are named by that may use gradients."""


def _run_for(source: Source, before: list[Action], backward: Action) -> set[str]:
    """Return the models that a loss is computed by, as far back as this pass goes."""
    made = {a.receiver: a for a in before if not a.is_call and a.word == "=" and a.receiver}
    loss = loss_of(backward)
    waiting: list[tuple[ast.AST, Action]] = [(loss, backward)] if loss is not None else []
    models = set()
    while waiting:
        node, action = waiting.pop()
        if isinstance(node, ast.Call):
            if getattr(node.func, "attr", "") == "detach":
                continue
            if role(source, node.func, action.event.scope) == MODEL:
                models.add(action.key(source, node.func))
        waiting += [(child, action) for child in ast.iter_child_nodes(node)]
        known = None
        if isinstance(node, (ast.Name, ast.Attribute)):
            known = made.pop(action.key(source, node), None)
        if known is not None:
            waiting.append((known.event.value, known))  # type: ignore[union-attr]
    return models - {""}


def _clears(
    source: Source, loop: TrainingLoop, cleared: Action, backward: Action, models: set[str]
) -> bool:
    """Tell whether what is cleared is the one model of a loss, or its optimizer's, in any case."""
    same = cleared.place.loops == backward.place.loops
    if not same or len(models) != 1 or not always_before(cleared, backward):
        return False
    course = course_of(source, loop.scope)
    return cleared.receiver in models or models_in(source, course, cleared.receiver) == models


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


def _apart(cleared: Action, backward: Action, step: Action) -> ast.AST:
    """Return where a clearing parts from its backward pass and step: a call that it alone is in."""
    own = [call for call in cleared.via if call not in (*backward.via, *step.via)]
    return own[0].node if own else cleared.event.node


def _of_each_parameter(source: Source, action: Action) -> bool:
    """Tell whether .grad is cleared for each parameter of a model, under no condition."""
    own = action.event.place
    over = head_of(own.loops[-1]) if own.loops else ""
    value = getattr(action.event, "value", None)
    none = isinstance(value, ast.Constant) and value.value is None
    return none and not own.branches and (".parameters()" in over or "['params']" in over)
