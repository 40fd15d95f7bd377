"""Losses are summed or collected as tensors, each with the graph that it came from.

Look: in a training loop, total += loss, total = total + loss, losses.append(loss),
history[step] = loss or cat([seen, loss]), where loss is what goes backward in
that loop or a term of it, and the sum or list was begun outside of it, by a
function or a meter of the file as well; moving averages, by lerp too; a list of
what each step returns.

Reason: a tensor holds its graph. The sum holds those of all steps so far:
memory grows with every batch until it runs out.

Fix: loss.item() or loss.detach(), once it has gone backward.

Not reported: a sum that goes backward itself, or is begun anew in each pass;
what is added under no_grad; a loss that was replaced by its number before.

Sources: PyTorch documentation, FAQ (my model reports out of memory: don't
accumulate history across your training loop).
"""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.deeds import gradients_on, name_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loss_terms import losses_of
from neural_trainer.inspect.lint.scope import Assignment, Scope
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop, training_loops

ID = "loss-kept-with-graph"
CAUSE = "memory-leak"
_NUMBERS = frozenset({"item", "detach", "tolist", "numpy", "detach_"})
_GO_BACK = ("backward", "manual_backward", "grad", "stack", "cat")


def find(source: Source) -> list[Spot]:
    """Return each place where a loss is added up or kept together with its graph."""
    return [spot for loop in training_loops(source) for spot in _of_loop(source, loop)]


def _of_loop(source: Source, loop: TrainingLoop) -> list[Spot]:
    losses = losses_of(source, loop.actions, loop.backwards)
    used = _used(source, loop, losses)
    spots = []
    number: set[str] = set()  # losses that are numbers by now
    for action in loop.actions:
        if not action.is_call and action.receiver in losses and action.word == "=":
            value = getattr(action.event, "value", None)
            if _is_number(value):
                number.add(action.receiver)
            elif not _is_without_graph(source, action, value, losses - number):
                number.discard(action.receiver)
            continue
        if _sums(source, action, losses - number):
            losses = losses | {action.receiver}
            continue
        kept = _kept(source, action)
        if kept is None or gradients_on(action) is not True:
            continue
        into, value = kept
        if into in used or into in losses or _begun_inside(source, loop, into):
            continue
        if not _holds(source, action, value, losses - number):
            continue
        saw = f"{name_of(into)} keeps the loss as a tensor: the graphs of all steps stay in memory"
        spots.append(Spot(_handed_in(source, action, value, losses), saw))
    return spots + _of_comprehension(source, loop, losses - number)


def _of_comprehension(source: Source, loop: TrainingLoop, losses: set[str]) -> list[Spot]:
    """Return the list of what each pass gives, where that is a loss with its graph."""
    if not isinstance(loop.loop, ast.ListComp):
        return []
    element = loop.loop.elt
    for action in loop.actions:
        made = action.event.node is element and gradients_on(action) is True
        if made and _holds(source, action, element, losses):
            saw = "this list keeps the loss of each step as a tensor, with its graph"
            return [Spot(loop.loop, saw)]
    return []


def _handed_in(source: Source, action: Action, value: ast.expr, losses: set[str]) -> ast.AST:
    """Return where a loss is kept; of a function that keeps what it is given, its call.

    One that says it takes a tensor, or that every call gives one, is to blame itself.
    """
    names = [node for node in ast.walk(value) if isinstance(node, ast.Name)]
    named = {node.id for node in names if action.key(source, node) in losses}
    scope = action.event.scope
    args = getattr(scope.node, "args", None)
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs] if args is not None else []
    said = {
        a.arg for a in every if a.annotation is not None and "Tensor" in ast.unparse(a.annotation)
    }
    given = (named & set(scope.parameters[int(scope.is_method) :])) - said
    given = {name for name in given if not _never_gets_numbers(source, scope, name)}
    return action.via[-1].node if given and action.via else action.event.node


def _never_gets_numbers(source: Source, function: Scope, name: str) -> bool:
    """Tell whether several calls of a function give it something, and none of them a number."""
    given = [value for value, _ in source.passed(function, name)]
    plain = [v for v in given if _is_number(v) or isinstance(v, (ast.Constant, ast.BinOp))]
    return len(given) > 1 and not plain


def _sums(source: Source, action: Action, losses: set[str]) -> bool:
    """Tell whether a name is given the sum of losses: total = loss_a + loss_b."""
    if action.is_call or action.word != "=" or not action.receiver:
        return False
    value = getattr(action.event, "value", None)
    if not isinstance(value, ast.BinOp):
        return False
    before = {action.key(source, n) for n in ast.walk(value) if isinstance(n, _NAMES)}
    if any(_is_share(source, action, side) for side in _added(source, action, value)):
        return False
    return action.receiver not in before and _holds(source, action, value, losses)


_NAMES = (ast.Name, ast.Attribute, ast.Subscript)


def _kept(source: Source, action: Action) -> tuple[str, ast.expr] | None:
    """Return what something is added or appended to, and what is."""
    if action.is_call:
        given = action.call.argument(_KEEPS.get(action.word, 0))
        if action.word in _KEEPS and action.receiver and given is not None:
            return action.receiver, given
        return None
    event = action.event
    assert isinstance(event, Assignment)
    if event.how == "+=" or _is_place_of_step(event):
        return action.receiver, event.value
    joined = _joined(source, action, event.value)
    if joined is not None:
        return action.receiver, joined
    arms = [event.value.body, event.value.orelse] if isinstance(event.value, ast.IfExp) else []
    for value in arms or [event.value]:
        sides = _added(source, action, value) if event.how == "=" else []
        for one, other in (sides, sides[::-1]) if sides else ():
            if _is_share(source, action, one):
                return action.receiver, other
    return None


def _added(source: Source, action: Action, value: ast.expr) -> list[ast.expr]:
    """Return the two that a value is the sum or the weighted mean of, [] of other values."""
    if isinstance(value, ast.BinOp):
        return [value.left, value.right] if isinstance(value.op, ast.Add) else []
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
        return []
    named = source.name(value.func, action.event.scope)
    given = value.args if named else [value.func.value, *value.args]
    return given[:2] if value.func.attr in ("lerp", "add") and len(given) > 1 else []


_KEEPS = {"append": 0, "appendleft": 0, "extend": 0, "insert": 1, "add_": 0}
"""Methods that keep an argument, and which."""


def _is_place_of_step(event: Assignment) -> bool:
    """Tell whether something is put where no other step puts it: history[step] = loss."""
    target = event.target
    loop = event.place.loops[-1] if event.place.loops else None
    if event.how != "=" or not isinstance(target, ast.Subscript) or not isinstance(loop, ast.For):
        return False
    counts = isinstance(loop.iter, ast.Call) and getattr(loop.iter.func, "id", "") == "enumerate"
    first = loop.target.elts[0] if counts and isinstance(loop.target, ast.Tuple) else None
    index = target.slice
    return isinstance(index, ast.Name) and isinstance(first, ast.Name) and index.id == first.id


def _joined(source: Source, action: Action, value: ast.expr) -> ast.expr | None:
    """Return what a list or tensor is joined to in making it anew: seen = cat([seen, loss])."""
    if action.word != "=" or not action.receiver:
        return None
    parts: list[ast.expr] = []
    if isinstance(value, ast.Call) and getattr(value.func, "attr", "") in ("cat", "hstack"):
        first = value.args[0] if value.args else None
        parts = first.elts if isinstance(first, (ast.List, ast.Tuple)) else []
    elif isinstance(value, (ast.List, ast.Tuple)):
        parts = [e.value if isinstance(e, ast.Starred) else e for e in value.elts]
    before = [part for part in parts if action.key(source, part) == action.receiver]
    rest = [part for part in parts if part not in before]
    return ast.copy_location(ast.List(rest, ast.Load()), value) if before and rest else None


def _is_share(source: Source, action: Action, expr: ast.expr) -> bool:
    """Tell whether an expression is what a name had before, or a part of it: 0.9 * average.

    Also what is looked up of a table that it is put into again: table.get(name, 0), and a name
    for that.
    """
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Mult):
        return any(_is_share(source, action, side) for side in (expr.left, expr.right))
    if action.receiver and action.key(source, expr) == action.receiver:
        return True
    if isinstance(expr, ast.Call) and getattr(expr.func, "attr", "") == "get":
        table = action.key(source, expr.func.value)  # type: ignore[attr-defined]
        return bool(table) and action.receiver.startswith(f"{table}[")
    if not isinstance(expr, ast.Name):
        return False
    last = source.last_value(expr, action.event.scope, action.event.place)
    before = last.value if last is not None and last.element is None else None
    looked_up = isinstance(before, (ast.Call, ast.Subscript, ast.Attribute))
    return looked_up and before is not None and _is_share(source, action, before)


def _holds(source: Source, action: Action, expr: ast.expr, losses: set[str]) -> bool:
    """Tell whether the value of an expression carries the graph of one of `losses`."""
    if isinstance(expr, ast.BinOp):
        sides = (expr.left, expr.right)
        return any(_holds(source, action, side, losses) for side in sides)
    if isinstance(expr, (ast.List, ast.Tuple, ast.Dict)):
        items = expr.values if isinstance(expr, ast.Dict) else expr.elts
        return any(_holds(source, action, each, losses) for each in items)
    if isinstance(expr, _NAMES) and action.key(source, expr) in losses:
        return True
    if isinstance(expr, ast.Subscript):  # loss[None]
        return _holds(source, action, expr.value, losses)
    if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute):
        same = expr.func.attr in _SAME
        if same:
            return _holds(source, action, expr.func.value, losses)
    if isinstance(expr, ast.Call):  # a step that goes backward and returns its loss
        made = source.defined(expr.func, action.event.scope)
        returned = made.returns if made is not None and made.is_function else []
        return len(returned) == 1 and source.key(returned[0].value, made) in losses  # type: ignore[arg-type]
    return False


def _rejoins(scope: Scope, call: ast.Call) -> bool:
    """Tell whether a call makes a name anew of itself: seen = cat([seen, x])."""
    return any(
        isinstance(event, Assignment)
        and event.value is call
        and any(ast.unparse(node) == ast.unparse(event.target) for node in ast.walk(call))
        for event in scope.events
    )


_SAME = frozenset({
    "mean", "sum", "clone", "float", "cpu", "squeeze", "view", "reshape", "unsqueeze", "to",
})  # fmt: skip


def _is_without_graph(
    source: Source, action: Action, expr: ast.expr | None, losses: set[str]
) -> bool:
    """Tell whether an expression makes a tensor of numbers, or computes with none of `losses`."""
    if isinstance(expr, ast.Call):
        return source.name(expr.func, action.event.scope) in _OF_NUMBERS
    plain = isinstance(expr, (ast.BinOp, ast.Constant, ast.Subscript))
    calls = any(isinstance(node, ast.Call) for node in ast.walk(expr)) if plain and expr else True
    return not calls and expr is not None and not _holds(source, action, expr, losses)


_OF_NUMBERS = frozenset({"torch.tensor", "torch.zeros", "torch.ones", "torch.full"})


def _is_number(expr: ast.expr | None) -> bool:
    """Tell whether an expression ends in what takes a tensor's graph away."""
    if isinstance(expr, ast.Call):
        if isinstance(expr.func, ast.Attribute):
            return expr.func.attr in _NUMBERS or _is_number(expr.func.value)
        return isinstance(expr.func, ast.Name) and expr.func.id in ("float", "reduce_tensor")
    if isinstance(expr, ast.Attribute):
        return expr.attr == "data"
    return isinstance(expr, ast.BinOp) and (_is_number(expr.left) or _is_number(expr.right))


def _begun_inside(source: Source, loop: TrainingLoop, into: str) -> bool:
    """Tell whether a sum is begun anew within the loop, or where it is begun is out of sight."""
    base = into.split("[")[0]
    return loop.built_inside(into) and any(
        not a.is_call
        and a.word == "="
        and a.receiver == base
        and not isinstance(getattr(a.event, "value", None), (ast.BinOp, ast.IfExp))
        and not any(_is_share(source, a, e) for e in _added(source, a, a.event.value))  # type: ignore[union-attr]
        and _joined(source, a, a.event.value) is None  # type: ignore[union-attr]
        for a in loop.actions
    )


def _used(source: Source, loop: TrainingLoop, losses: set[str]) -> set[str]:
    """Return what the losses that go backward, anywhere in the function, are made of."""
    used: set[str] = set()
    for scope in {loop.scope, *(a.event.scope for a in loop.actions)}:
        told = {
            id(node)
            for call in scope.calls()
            if _is_number(call.node)
            for node in ast.walk(call.node)
        }
        for call in scope.calls():
            if (
                id(call.node) not in told
                and call.word in _GO_BACK
                and not _rejoins(scope, call.node)
            ):
                used |= {
                    source.key(node, scope)
                    for node in ast.walk(call.node)
                    if isinstance(node, (ast.Name, ast.Attribute))
                }
    return used - losses
