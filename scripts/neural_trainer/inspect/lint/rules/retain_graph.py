"""The graph is kept after the only backward pass through it.

Look: backward(retain_graph=True) in a training loop that goes backward once, or
whose later losses are computed anew, and runs the model in each pass; the same
of an image or another leaf that is optimised itself.

Reason: the buffers of the forward pass stay in memory until the loss is
replaced, about twice the activations at the peak. Where it hides an error
(trying to backward through the graph a second time), state of the last step,
such as a hidden state, is not detached: each step then goes back further.

Fix: drop retain_graph; detach what is carried from step to step.

Not reported: several backward passes of which a later one may share the graph;
autograd.grad after it; create_graph;
a forward pass outside of the loop; retain_graph chosen while the program runs.

Sources: PyTorch documentation, torch.Tensor.backward (in nearly all cases
setting it is not needed).
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.deeds import loss_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.roles import LOSS, MODEL, role
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.settings import setting, truth
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop, training_loops

ID = "retain-graph"
CAUSE = "memory-leak"


def find(source: Source) -> list[Spot]:
    """Return each backward pass that keeps a graph which no other goes through."""
    if not source.called("backward", "manual_backward"):
        return []
    saw = "retain_graph=True, and nothing else goes backward through this graph"
    needless: dict[ast.Call, list[bool]] = {}  # of one in a helper, each time that it runs
    for loop in training_loops(source):
        for backward in loop.backwards:
            found = _keeps_for_nothing(source, loop, backward)
            needless.setdefault(backward.call.node, []).append(found)
    return [Spot(node, saw) for node, found in needless.items() if all(found)]


def _keeps_for_nothing(source: Source, loop: TrainingLoop, backward: Action) -> bool:
    if backward.place.loops[-1] is not loop.loop:  # once for each of several losses
        return False
    kept = setting(source, backward.call, 1, "retain_graph")
    second = setting(source, backward.call, 2, "create_graph")
    if kept is None or truth(source, *kept) is not True or second is not None:
        return False
    position = loop.actions.index(backward)
    before, after = loop.actions[:position], loop.actions[position + 1 :]
    if any(a.is_call and a.word == "grad" for a in after):
        return False
    others = [a for a in loop.backwards if a is not backward]
    if any(a in before for a in others) and not _is_fresh(source, before, backward):
        return False  # their graph may be a part of this one, which may be that of another pass
    if not all(
        _is_fresh(source, _up_to(after, other), other) for other in others if other in after
    ):
        return False
    runs = any(a.is_call and _is_model(source, loop, a) for a in before)
    return runs or _is_a_leaf_through(source, loop, before, backward)


def _is_model(source: Source, loop: TrainingLoop, action: Action) -> bool:
    """Tell whether an action runs a model; in a step of an engine, also a part of unknown kind."""
    func = action.call.node.func
    if action.called and role(source, func, action.event.scope) == MODEL:
        return True
    part = re.fullmatch(r"\d+:self\.\w+", action.called) and bool(loop.engine)
    return bool(part) and source.callee(action.call) is None and bool(action.call.node.args)


def _is_fresh(source: Source, made: list[Action], backward: Action) -> bool:
    """Tell whether a loss is computed, in sight, of nothing from before `made`, nor carried on."""
    loss = loss_of(backward)
    waiting = [(loss, backward, len(made))] if loss is not None else []
    seen, calls = set(), 0
    while waiting:
        expr, action, position = waiting.pop()
        scope = action.event.scope
        for node in ast.walk(expr):
            if isinstance(node, ast.Call):
                calls += role(source, node.func, scope) == MODEL
            if not isinstance(node, (ast.Name, ast.Attribute)):
                continue
            key = action.key(source, node)
            given = [n for n, a in enumerate(made) if _gives(a) and key and a.receiver == key]
            before = [n for n in given if n < position]
            if not before and (given or _holds_a_graph(source, node, scope)):
                return False  # it holds what an earlier pass made, or what stands before
            if before and before[-1] not in seen:
                seen.add(before[-1])
                event = made[before[-1]].event
                parts = [event.value] if event.how == "=" else [event.value, event.target]  # type: ignore[union-attr]
                waiting += [(part, made[before[-1]], before[-1]) for part in parts]
    return calls > 0


def _up_to(actions: list[Action], last: Action) -> list[Action]:
    return actions[: actions.index(last)]


def _gives(action: Action) -> bool:
    return not action.is_call and action.word in ("=", "+=")


def _holds_a_graph(source: Source, name: ast.Name | ast.Attribute, scope: Scope) -> bool:
    """Tell whether a name may stand for what a model gave: one is assigned a call in a loop."""
    if role(source, name, scope) in (MODEL, LOSS):
        return False
    given = source.assignments.get(source.key(name, scope), ())
    values = [a for a in given if a.place.loops or isinstance(name, ast.Attribute)]
    return any(a.how == "=" and isinstance(a.value, (ast.Call, ast.BinOp)) for a in values)


def _is_a_leaf_through(
    source: Source, loop: TrainingLoop, before: list[Action], backward: Action
) -> bool:
    """Tell whether a loss is a function of one leaf that is optimised, computed in this pass."""
    leaves = {
        key
        for key, items in source.assignments.items()
        if len(items) == 1 and ast.unparse(items[0].value).endswith(".requires_grad_(True)")
    }
    used = [
        a
        for a in before
        if a.is_call and {a.key(source, value) for value in a.call.node.args} & leaves
    ]
    outside = any(
        not a.is_call and a.word == "=" and a.receiver in _asked(source, backward) for a in before
    )
    return bool(used) and outside and len(loop.backwards) == 1


def _asked(source: Source, backward: Action) -> set[str]:
    return {backward.key(source, loss_of(backward))} - {""}
