"""The functions of a file that run in the workers of a DataLoader."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from neural_trainer.inspect.lint.aliases import is_partial
from neural_trainer.inspect.lint.loaders import loader_option
from neural_trainer.inspect.lint.parts import settled
from neural_trainer.inspect.lint.scope import Call, Scope
from neural_trainer.inspect.lint.source import Source

_ENTRIES = ("__getitem__", "__iter__", "__call__", "__getitems__", "forward")
DEEPEST = 6


def worker_code(source: Source, loader: Call) -> list[Scope]:
    """Return the functions that workers run for a loader: of its dataset, what that is given, ...

    ... the collate_fn, and all of this file that these call.
    """
    found: dict[int, Scope] = {}
    for option in ("dataset", "collate_fn"):
        given = loader_option(source, loader, option)
        for scope in _handed(source, *given, DEEPEST) if given is not None else ():
            _reach(source, scope, found)
    return list(found.values())


def _reach(source: Source, scope: Scope, found: dict[int, Scope]) -> None:
    """Add a function, those it calls, and those of the objects that its class holds."""
    if scope.number in found:
        return
    found[scope.number] = scope
    for call in scope.calls():
        for inner in _called(source, call):
            if inner.name != "__init__":
                _reach(source, inner, found)
        for given in call.node.args:  # map(f, xs)
            handed = isinstance(given, (ast.Name, ast.Lambda))
            inner_function = source.defined(given, scope) if handed else None
            if inner_function is not None and inner_function.is_function:
                _reach(source, inner_function, found)


def _called(source: Source, call: Call) -> Iterator[Scope]:
    """Yield the function that a call runs: also that of an object that is called or kept."""
    made = source.callee(call)
    if made is not None:
        yield made
        return
    cls = source.class_of(call.node.func, call.scope)
    if cls is not None:
        yield from _methods(source, cls)
        return
    for value, at, index in source.values(call.node.func, call.scope):
        if index is None:
            yield from _handed(source, value, at, DEEPEST - 2)


def _methods(source: Source, cls: Scope) -> Iterator[Scope]:
    for name in _ENTRIES:
        method = source.method(cls, name)
        if method is not None:
            yield method


def _handed(source: Source, expr: ast.expr, scope: Scope, depth: int) -> Iterator[Scope]:
    """Yield the functions that run where an object is used: its own, and what it was given."""
    if depth <= 0:
        return
    if isinstance(expr, (ast.List, ast.Tuple)):
        for each in expr.elts:
            yield from _handed(source, each, scope, depth - 1)
        return
    if isinstance(expr, ast.Dict):
        for each in expr.values:
            yield from _handed(source, each, scope, depth - 1)
        return
    function = source.defined(expr, scope)
    if function is not None and function.is_function:
        yield function
        return
    if isinstance(expr, ast.Call):
        yield from _of_made(source, expr, scope, depth)
        return
    for value, at in settled(source, expr, scope):
        if value is not expr:
            yield from _handed(source, value, at, depth - 1)


def _of_made(source: Source, made: ast.Call, scope: Scope, depth: int) -> Iterator[Scope]:
    """Yield the functions of an object by the call that makes it; a partial is its function."""
    if is_partial(made):
        yield from _handed(source, made.args[0], scope, depth - 1)
        return
    cls = source.class_of(made, scope)
    if cls is not None:
        yield from _methods(source, cls)
    builder = source.defined(made.func, scope)
    if builder is not None and builder.is_function:
        for item in builder.returns:
            yield from _handed(source, item.value, builder, depth - 1)
        return
    for each in (*made.args, *(k.value for k in made.keywords)):
        kept = isinstance(
            each, (ast.Name, ast.Attribute, ast.Call, ast.List, ast.Tuple, ast.Lambda)
        )
        if kept:
            yield from _handed(source, each, scope, depth - 1)
