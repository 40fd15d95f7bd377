"""Which calls of a function train: of one that goes backward only where an argument says so."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.given_arguments import arguments_of
from neural_trainer.inspect.lint.loaders import loaders_of
from neural_trainer.inspect.lint.parts import default
from neural_trainer.inspect.lint.scope import Call, Place, Scope, bound_arguments
from neural_trainer.inspect.lint.source import Source

DEEPEST = 4  # functions that hand a loader on


def loaders_in_training(
    source: Source,
    expr: ast.expr,
    scope: Scope,
    backwards: Iterable[Action],
    depth: int = DEEPEST,
) -> list[Call]:
    """Return the loaders that a loop runs over when it goes backward.

    run(loader, optimizer=None) goes backward for those calls alone that give an optimizer.
    """
    own = isinstance(expr, ast.Name) and expr.id in scope.parameters
    if not own or not isinstance(expr, ast.Name) or source.assignments.get(source.key(expr, scope)):
        return loaders_of(source, expr, scope)
    found: list[Call] = []
    for value, call, part in arguments_of(source, scope, expr.id) if depth else ():
        if part is None and _trains(source, scope, call, backwards):
            found += loaders_in_training(source, value, call.scope, (), depth - 1)
    return found


def _trains(source: Source, function: Scope, call: Call, backwards: Iterable[Action]) -> bool:
    """Tell whether a call may run one of the backward passes of a function."""
    own = [a.event.place for a in backwards if a.event.scope is function]
    return not own or any(_reached(source, place, function, call) for place in own)


def _reached(source: Source, place: Place, function: Scope, call: Call) -> bool:
    """Tell whether no branch around a place is out of the way for a call."""
    for node, arm in place.branches:
        if isinstance(node, ast.If):
            said = _truth(source, node.test, function, call)
            if said is not None and said is not (arm == "then"):
                return False
    return True


def _truth(
    source: Source, test: ast.expr, function: Scope, call: Call, depth: int = 5
) -> bool | None:
    """Return what a condition of a function comes to in a call, None where that is not in sight."""
    if depth == 0:
        return None
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _truth(source, test.operand, function, call, depth - 1)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp):
        parts = [_truth(source, each, function, call, depth - 1) for each in test.values]
        settles = isinstance(test.op, ast.Or)
        if settles in parts:
            return settles
        return None if None in parts else not settles
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(source, test, function, call)
    if not isinstance(test, ast.Name):
        return None
    if test.id in function.parameters:
        given = _given(source, test.id, function, call)
        return bool(given.value) if isinstance(given, ast.Constant) else None
    held = source.last_value(test, function, Place())
    return _truth(source, held.value, function, call, depth - 1) if held is not None else None


def _compared(source: Source, test: ast.Compare, function: Scope, call: Call) -> bool | None:
    """Return what `x is None`, `x is not None`, `x == "train"` come to in a call."""
    op, right = test.ops[0], test.comparators[0]
    if not isinstance(test.left, ast.Name) or not isinstance(right, ast.Constant):
        return None
    if test.left.id not in function.parameters:
        return None
    given = _given(source, test.left.id, function, call)
    if not isinstance(given, ast.Constant):
        return None
    same = given.value == right.value
    if isinstance(op, (ast.Eq, ast.Is)):
        return same
    return not same if isinstance(op, (ast.NotEq, ast.IsNot)) else None


def _given(source: Source, name: str, function: Scope, call: Call) -> ast.expr | None:
    """Return what a call gives a parameter, its default where it gives nothing."""
    value = bound_arguments(function, call).get(name)
    if value is not None:
        return value
    held = default(source, ast.Name(name, ast.Load()), function)
    return held[0][0] if held else None
