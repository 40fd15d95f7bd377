"""What a piece of code runs under: `with` blocks and decorators, by the full names of contexts.

Through functions that return a context, @contextmanager of this file, decorators that call what
they decorate within a block, and contexts that are chosen by a condition.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import NamedTuple

from neural_trainer.inspect.lint.dispatch import function_held
from neural_trainer.inspect.lint.parts import Given
from neural_trainer.inspect.lint.scope import Place, Scope
from neural_trainer.inspect.lint.settings import truth
from neural_trainer.inspect.lint.source import Source

_NOTHING = ("contextlib.nullcontext", "contextlib.suppress", "contextlib.ExitStack")
DEEPEST = 4  # names and functions from a `with` to the context that is meant


class Entered(NamedTuple):
    """One context: its full name, and the expression that makes it with the scope it stands in.

    name: with (False) where that is its argument; "?" where it cannot be told, "?torch.autocast"
    where it may be that or none; of a method the last part.
    """

    name: str
    node: ast.expr
    scope: Scope


def context_name(source: Source, expr: ast.expr, scope: Scope) -> str:
    """Return the full name of the innermost context that an expression enters."""
    names = [each.name for each in entered(source, expr, scope)]
    return names[-1] if names else _NOTHING[0]


def entered(
    source: Source, expr: ast.expr, scope: Scope, depth: int = DEEPEST
) -> tuple[Entered, ...]:
    """Return all contexts that an expression enters, outermost first."""
    if isinstance(expr, ast.IfExp):
        arms = [(expr.body, scope), (expr.orelse, scope)]
        return _one_of(source, arms, (expr, scope), depth)
    if isinstance(expr, ast.Call):
        return _of_call(source, expr, scope, depth)
    name = source.name(expr, scope)
    if name or depth == 0:
        return (Entered(name or "?", expr, scope),)
    held = source.defined(expr, scope)
    if held is not None and held.is_function:  # a decorator of this file
        return _of_decorator(source, held, depth) or (Entered("?", expr, scope),)
    values = [(v, at) for v, at, index in source.values(expr, scope) if index is None]
    return _one_of(source, values, (expr, scope), depth)


def entered_by_decorators(source: Source, function: Scope) -> tuple[Entered, ...]:
    """Return the contexts that a function's decorators put it under."""
    at = function.parent or function
    return tuple(each for d in function.decorators for each in entered(source, d, at))


def names_of(contexts: Iterable[Entered]) -> tuple[str, ...]:
    """Return the names of contexts."""
    return tuple(each.name for each in contexts)


def _of_place(source: Source, place: Place, scope: Scope, depth: int) -> tuple[Entered, ...]:
    return tuple(c for w in place.withs for c in entered(source, w, scope, depth))


def _of_call(source: Source, call: ast.Call, scope: Scope, depth: int) -> tuple[Entered, ...]:
    name = source.name(call.func, scope)
    made = None
    if not name and depth:
        made = source.defined(call.func, scope) or function_held(source, call.func, scope)
    if made is not None and is_context_manager(source, made):
        return _of_place(source, made.yields[0].place, made, depth - 1)
    if made is not None and made.is_function and made.returns:
        results = [(item.value, made) for item in made.returns]
        return _one_of(source, results, (call, scope), depth)
    if not name and isinstance(call.func, ast.Attribute):  # accelerator.accumulate(model)
        name = f".{call.func.attr}"
    given = [*call.args, *(k.value for k in call.keywords if k.arg in ("enabled", "mode"))]
    off = any(isinstance(a, ast.Constant) and a.value is False for a in given)
    if name == "torch.set_grad_enabled" and given:
        on = truth(source, given[0], scope)
        off = on is False
        name = "torch.enable_grad" if on else name
    return (Entered(f"{name}(False)" if off else name or "?", call, scope),)


def _one_of(source: Source, values: list[Given], asked: Given, depth: int) -> tuple[Entered, ...]:
    """Return the contexts where there is one, what it may be where the other is none, else "?"."""
    unknown = (Entered("?", *asked),)
    if depth == 0 or not values:
        return unknown
    found = {
        names_of(each): each for v, at in values for each in [entered(source, v, at, depth - 1)]
    }
    some = [each for names, each in found.items() if not set(names) <= set(_NOTHING)]
    if len(found) == 1:
        return next(iter(found.values()))
    if len(some) != 1:
        return unknown
    return tuple(c._replace(name=f"?{c.name.lstrip('?')}") for c in some[0])


def is_context_manager(source: Source, function: Scope) -> bool:
    """Tell whether a function of this file is a @contextmanager."""
    at = function.parent or function
    return bool(function.yields) and any(
        source.name(d, at).endswith("contextmanager") for d in function.decorators
    )


def _of_decorator(source: Source, decorator: Scope, depth: int) -> tuple[Entered, ...]:
    """Return the contexts in which a decorator of this file calls what it decorates."""
    decorated = decorator.parameters[0] if decorator.parameters else ""
    for inner in decorator.inner.values():
        for call in inner.calls() if decorated and inner.is_function else ():
            if isinstance(call.node.func, ast.Name) and call.node.func.id == decorated:
                return _of_place(source, call.place, inner, depth - 1)
    return ()
