"""A loss goes backward that is cut off from the model.

Look: .backward() of a tensor that detach, item, .data, numpy or argmax made, or
that torch.tensor made anew of a computed one; a loss whose requires_grad is set
by hand before it goes backward; a loss of predictions that were detached or
argmaxed on the way.

Reason: the graph ends at the cut. backward raises, or, where requires_grad was
set by hand, reaches no weight, and nothing is learnt.

Fix: keep the tensor as the model gave it; detach only what is logged.

Not reported: targets that are detached, as in distillation and bootstrapping;
inputs whose gradient is wanted.

Sources: PyTorch documentation, torch.Tensor.detach; Humbatova et al. 2020,
arXiv 1910.11015.
"""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.course import Action, courses
from neural_trainer.inspect.lint.deeds import is_backward, loss_of, name_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.origins import Origin, origin
from neural_trainer.inspect.lint.roles import LOSS, role
from neural_trainer.inspect.lint.source import Source

ID = "loss-detached"
CAUSE = "graph-detached"
_CUTS = frozenset({"detach", "item", "numpy", "tolist", "argmax", "detach_"})

_DATA = frozenset(
    {"ones", "zeros", "full", "ones_like", "zeros_like", "full_like", "tensor", "long"}
)
"""Operations that make a target, through which no gradient is meant to go."""


def find(source: Source) -> list[Spot]:
    """Return each backward pass of what is cut off."""
    if not source.called("backward", "manual_backward"):
        return []
    spots = []
    for actions in courses(source, "backward", "manual_backward"):
        for position, action in enumerate(actions):
            if is_backward(action):
                saw = _cut(source, action) or _made_to_require(source, actions[:position], action)
                if saw:
                    spots.append(Spot(action.call.node, saw))
    return spots


def _cut(source: Source, action: Action) -> str:
    """Return how the loss was cut off, "" where it was not as far as can be seen."""
    loss = loss_of(action)
    if loss is None:
        return ""
    call = action.call
    made = _origin(source, Origin("", loss, call.scope, call.place))
    if made is None:
        return ""
    line = made.node.lineno
    if made.operation in _CUTS or made.operation == "data":
        return f"what goes backward was cut off by {made.operation} on line {line}"
    if made.operation in ("tensor", "as_tensor", "Variable", "FloatTensor") and _computed(
        made.node
    ):
        return f"what goes backward was made anew on line {line}, without the graph of the loss"
    if isinstance(made.node, ast.Call) and _is_loss(source, made):
        return _cut_prediction(source, made, made.node)
    return ""


def _cut_prediction(source: Source, made: Origin, call: ast.Call) -> str:
    """Return how the prediction that a loss was given was cut off, its target being data."""
    named = {k.arg: k.value for k in call.keywords}
    given = [*call.args, *(named[name] for name in ("input", "target") if name in named)]
    if len(given) < 2:
        return ""
    first = _origin(source, made._replace(node=given[0]))
    second = _origin(source, made._replace(node=given[1]))
    data = second is None or second.operation in _DATA
    if first is None or not data:
        return ""
    anew = first.operation in ("tensor", "as_tensor", "from_numpy") and _computed(first.node)
    if not anew and first.operation not in (*_CUTS, "data"):
        return ""
    return (
        f"the loss of line {call.lineno} is of a prediction that {first.operation} cut off on line "
        f"{first.node.lineno}"
    )


def _origin(source: Source, at: Origin) -> Origin | None:
    """Return what made a tensor; `.data` counts as an operation."""
    expr = at.node
    if isinstance(expr, ast.Attribute) and expr.attr == "data":
        return at._replace(operation="data")
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Div):
        return _origin(source, at._replace(node=expr.left))
    if isinstance(expr, ast.BinOp):
        sides = [_origin(source, at._replace(node=s)) for s in (expr.left, expr.right)]
        found = [side for side in sides if side is not None]
        return found[0] if len(found) == 1 and _literal(expr) else None
    if isinstance(expr, (ast.Name, ast.Attribute)):
        last = source.last_value(expr, at.scope, at.place)
        if last is None or last.element is not None:
            return None
        return _origin(source, Origin("", last.value, at.scope, last.place))
    return origin(source, expr, at.scope, at.place)


def _literal(expr: ast.BinOp) -> bool:
    return any(isinstance(side, ast.Constant) for side in (expr.left, expr.right))


def _computed(expr: ast.expr) -> bool:
    """Tell whether a tensor is made of something computed, not of a literal or zeros."""
    if not isinstance(expr, ast.Call) or not expr.args:
        return False
    first = expr.args[0]
    return "loss" in ast.unparse(first).lower() or (
        isinstance(first, ast.Call) and getattr(first.func, "attr", "") in _CUTS
    )


def _is_loss(source: Source, made: Origin) -> bool:
    assert isinstance(made.node, ast.Call)
    name = source.name(made.node.func, made.scope)
    if name.startswith("torch.nn.functional."):
        return name.endswith(("loss", "entropy", "with_logits", "div"))
    return role(source, made.node.func, made.scope) == LOSS


def _made_to_require(source: Source, before: list[Action], backward: Action) -> str:
    """Return how a computed loss was made to require a gradient by hand."""
    loss = loss_of(backward)
    key = backward.key(source, loss)
    if not key or not isinstance(loss, (ast.Name, ast.Attribute)):
        return ""
    computed = False
    for action in before:
        event = action.event
        if not action.is_call and action.receiver == key:
            value = getattr(event, "value", None)
            computed = isinstance(value, (ast.Call, ast.BinOp)) and not _is_fresh(
                source, value, action
            )
        by_call = action.is_call and action.word == "requires_grad_" and action.receiver == key
        by_name = not action.is_call and action.receiver == f"{key}.requires_grad"
        if computed and (by_call or by_name):
            return (
                f"{name_of(key)} is made to require a gradient on line {event.node.lineno}: a loss "
                "that needs that is cut off from the model"
            )
    return ""


def _is_fresh(source: Source, value: ast.expr, action: Action) -> bool:
    """Tell whether a value is a new leaf, whose gradient may be wanted for itself."""
    if not isinstance(value, ast.Call):
        return False
    last = source.name(value.func, action.event.scope).rpartition(".")[2]
    word = last or getattr(value.func, "attr", "")
    fresh = {"zeros", "ones", "rand", "randn", "tensor", "empty", "full", "clone", "detach", "to"}
    return word in fresh or word.endswith("_like")
