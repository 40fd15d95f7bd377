"""A loss goes backward that is cut off from the model.

Look: .backward() of a tensor that detach, item, .data, numpy or argmax made, or
that torch.tensor made anew of a computed one; a loss whose requires_grad is set
by hand before it goes backward; a loss of predictions that were detached or
argmaxed on the way; a loss that reaches the model which is then stepped through
detach() alone; a loss of which each part, or one whole term of a sum, is data or was
cut, by a function under no_grad as well. It stands where the graph is cut, as far back
as can be seen.

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
from neural_trainer.inspect.lint.cuts import ANEW, CUTS, Cut, first_cut
from neural_trainer.inspect.lint.deeds import is_backward, is_step, loss_of, stepped_optimizer
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.graphs import cut_off, term_cut_off
from neural_trainer.inspect.lint.optimizer_builds import models_in
from neural_trainer.inspect.lint.origins import Origin, origin
from neural_trainer.inspect.lint.roles import LOSS, role
from neural_trainer.inspect.lint.source import Source

ID = "loss-detached"
CAUSE = "graph-detached"
_DATA = frozenset(
    {"ones", "zeros", "full", "ones_like", "zeros_like", "full_like", "tensor", "long"}
)
"""Operations that make a target, through which no gradient is meant to go."""


def find(source: Source) -> list[Spot]:
    """Return where each loss that goes backward was cut off."""
    spots: dict[int, Spot] = {}
    for actions in courses(source, "backward", "manual_backward"):
        for position, action in enumerate(actions):
            if is_backward(action):
                cut = _cut(source, action) or _made_to_require(source, actions[:position], action)
                cut = cut or _reached_by_detach_alone(source, actions, position)
                cut = cut or _all_cut_off(source, action)
                what = "the loss"
                if cut is None:
                    cut, what = _term_cut_off(source, action), "a term of the loss"
                if cut is not None:
                    line = action.call.node.lineno
                    saw = f"{what} that goes backward on line {line} is cut off here by {cut.by}"
                    spots.setdefault(id(cut.node), Spot(cut.node, saw))
    return list(spots.values())


def _all_cut_off(source: Source, action: Action) -> Cut | None:
    """Return where the last part of a loss was cut off that a graph might have come with."""
    loss = loss_of(action)
    return cut_off(source, loss, action.call.scope, action.call.place) if loss is not None else None


def _term_cut_off(source: Source, action: Action) -> Cut | None:
    """Return where one term of a loss was cut off from the model, of which others were not."""
    loss, call = loss_of(action), action.call
    return term_cut_off(source, loss, call.scope, call.place) if loss is not None else None


def _resolved(source: Source, at: Origin) -> Origin:
    """Return a loss as it is computed: through names, and functions with one result."""
    for _ in range(5):
        expr = at.node
        if isinstance(expr, (ast.Name, ast.Attribute)):
            last = source.last_value(expr, at.scope, at.place)
            if last is None or last.element is not None:
                return at
            at = Origin("", last.value, at.scope, last.place)
        elif isinstance(expr, ast.Call):
            made = source.defined(expr.func, at.scope)
            if made is None or not made.is_function or len(made.returns) != 1:
                return at
            at = Origin("", made.returns[0].value, made, made.returns[0].place)
        else:
            return at
    return at


def _cut(source: Source, action: Action) -> Cut | None:
    """Return how the loss was cut off, None where it was not as far as can be seen."""
    loss = loss_of(action)
    if loss is None:
        return None
    at = _resolved(source, Origin("", loss, action.call.scope, action.call.place))
    made = _origin(source, at)
    if made is not None and (made.operation in CUTS or made.operation == "data"):
        return Cut(made.node, made.operation)
    if made is not None and made.operation in ANEW and _computed(made.node):
        return first_cut(source, made.node, made.scope, made.place)
    call = at.node.operand if isinstance(at.node, ast.UnaryOp) else at.node
    by_hand = isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "requires_grad_"
    if by_hand and isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        computed = isinstance(call.func.value, (ast.Call, ast.BinOp)) and not call.args
        return first_cut(source, call.func.value, at.scope, at.place) if computed else None
    if made is not None and isinstance(made.node, ast.Call) and _is_loss(source, made):
        return _cut_prediction(source, made, made.node)
    return None


def _cut_prediction(source: Source, made: Origin, call: ast.Call) -> Cut | None:
    """Return how the prediction that a loss was given was cut off, its target being data."""
    named = {k.arg: k.value for k in call.keywords}
    given = [*call.args, *(named[name] for name in ("input", "target") if name in named)]
    if len(given) < 2:
        return None
    first = _origin(source, made._replace(node=given[0]))
    second = _origin(source, made._replace(node=given[1]))
    data = second is None or second.operation in _DATA
    if first is None or not data:
        return None
    anew = first.operation in ("tensor", "as_tensor", "from_numpy") and _computed(first.node)
    if not anew and first.operation not in (*CUTS, "data"):
        return None
    return Cut(first.node, first.operation)


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
    required = any(
        k.arg == "requires_grad" and isinstance(k.value, ast.Constant) and k.value.value is True
        for k in expr.keywords
    )
    return (
        "loss" in ast.unparse(first).lower()
        or (isinstance(first, ast.Call) and getattr(first.func, "attr", "") in CUTS)
        or (required and isinstance(first, (ast.Call, ast.BinOp, ast.Attribute)))
    )


def _is_loss(source: Source, made: Origin) -> bool:
    assert isinstance(made.node, ast.Call)
    name = source.name(made.node.func, made.scope)
    if name.startswith("torch.nn.functional."):
        return name.endswith(("loss", "entropy", "with_logits", "div"))
    return role(source, made.node.func, made.scope) == LOSS


def _made_to_require(source: Source, before: list[Action], backward: Action) -> Cut | None:
    """Return where a computed loss was cut that is made to require a gradient by hand."""
    loss = loss_of(backward)
    key = backward.key(source, loss)
    if not key or not isinstance(loss, (ast.Name, ast.Attribute)):
        return None
    computed: Action | None = None
    for action in before:
        event = action.event
        if not action.is_call and action.receiver == key:
            value = getattr(event, "value", None)
            anew = isinstance(value, (ast.Call, ast.BinOp)) and not _is_fresh(source, value, action)
            computed = action if anew else None
        by_call = action.is_call and action.word == "requires_grad_" and action.receiver == key
        by_name = not action.is_call and action.receiver == f"{key}.requires_grad"
        if computed is not None and (by_call or by_name):
            value, at = getattr(computed.event, "value", None), computed.event
            found = first_cut(source, value, at.scope, at.place) if value is not None else None
            node = event.node if isinstance(event.node, ast.expr) else loss
            return found or Cut(node, "what is out of sight: it is made to require a gradient")
    return None


def _is_fresh(source: Source, value: ast.expr, action: Action) -> bool:
    """Tell whether a value is a new leaf, whose gradient may be wanted for itself."""
    if not isinstance(value, ast.Call):
        return False
    last = source.name(value.func, action.event.scope).rpartition(".")[2]
    word = last or getattr(value.func, "attr", "")
    if word == "requires_grad_":
        return not isinstance(getattr(value.func, "value", None), (ast.Call, ast.BinOp))
    fresh = {"zeros", "ones", "rand", "randn", "tensor", "empty", "full", "clone", "detach", "to"}
    return word in fresh or word.endswith("_like")


def _reached_by_detach_alone(source: Source, actions: list[Action], position: int) -> Cut | None:
    """Return the detach through which alone a loss depends on the model that is stepped next."""
    backward = actions[position]
    step = next((a for a in actions[position + 1 :] if is_step(source, a)), None)
    loss = loss_of(backward)
    if step is None or not isinstance(loss, (ast.Name, ast.Attribute)):
        return None
    models = models_in(source, actions, stepped_optimizer(source, step))
    last = source.last_value(loss, backward.call.scope, backward.call.place)
    if len(models) != 1 or last is None or last.element is not None:
        return None
    (model,) = models
    scope, cuts = last.scope, []
    for node in ast.walk(last.value):
        if isinstance(node, ast.Call) and source.key(node.func, scope) == model:
            return None
        if not isinstance(node, ast.Name) or source.key(node, scope) == model:
            continue
        made = source.last_value(node, scope, last.place)
        value = made.value if made is not None else None
        runs = isinstance(value, ast.Call) and source.key(value.func, scope) == model
        if value is not None and not runs and not isinstance(value, (ast.Constant, ast.Tuple)):
            inner = {source.key(n.func, scope) for n in ast.walk(value) if isinstance(n, ast.Call)}
            if model in inner:
                return None
        if runs:
            around = _detached(last.value, node)
            if around is None:
                return None
            cuts.append(Cut(around, "detach"))
    return cuts[0] if cuts else None


def _detached(whole: ast.expr, name: ast.Name) -> ast.expr | None:
    """Return the call of name.detach() in an expression."""
    for node in ast.walk(whole):
        function = node.func if isinstance(node, ast.Call) else None
        detaches = isinstance(function, ast.Attribute) and function.attr == "detach"
        if detaches and isinstance(node, ast.Call) and getattr(function, "value", None) is name:
            return node
    return None
