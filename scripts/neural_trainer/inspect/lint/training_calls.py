"""Which calls of a function train: of one that goes backward only where an argument says so."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.filled_in import is_reached
from neural_trainer.inspect.lint.given_arguments import arguments_of
from neural_trainer.inspect.lint.loaders import loaders_of
from neural_trainer.inspect.lint.scope import Call, Scope
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
    return not own or any(
        is_reached(source, function, place, call.node, call.scope) for place in own
    )
