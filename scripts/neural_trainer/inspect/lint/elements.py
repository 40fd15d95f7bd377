"""What a loop meets: the elements of what is written out, through zip, enumerate and items()."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from neural_trainer.inspect.lint.parts import Given, is_dict, settled_through
from neural_trainer.inspect.lint.scope import Assignment, Scope

if TYPE_CHECKING:
    from neural_trainer.inspect.lint.source import Source


def element_values(source: Source, item: Assignment) -> list[Given]:
    """Return what the target of a `for` can be, where what it goes over is written out."""
    root = getattr(item.node, "target", item.node)
    path = _path_to(item.target, root)
    return elements(source, item.value, item.scope, path) if path is not None else []


def elements(
    source: Source, over: ast.expr, scope: Scope, path: tuple[int, ...] = (), depth: int = 5
) -> list[Given]:
    """Return what a loop over `over` meets: of each the part at `path`, [] where one is unknown.

    path: which part of a tuple, of the tuple in it and so on.
    """
    found: list[Given] = []
    for held, at in settled_through(source, over, scope) if depth else ():
        if isinstance(held, ast.Call):
            found += _of_call(source, held, at, path, depth)
            continue
        for value in _written(held):
            part = _part_at(value, path)
            if part is None:
                return []
            found.append((part, at))
    return found


def _path_to(target: ast.expr, root: ast.AST) -> tuple[int, ...] | None:
    """Return by which parts of nested tuples `root` has `target`, None where it has not."""
    if root is target:
        return ()
    for number, part in enumerate(getattr(root, "elts", ())):
        inner = _path_to(target, part)
        if inner is not None:
            return (number, *inner)
    return None


def _part_at(value: ast.expr, path: tuple[int, ...]) -> ast.expr | None:
    for number in path:
        if not isinstance(value, (ast.Tuple, ast.List)) or number >= len(value.elts):
            return None
        value = value.elts[number]
    return value


def _written(over: ast.expr) -> list[ast.expr]:
    if isinstance(over, (ast.List, ast.Tuple, ast.Set)):
        return [] if any(isinstance(e, ast.Starred) for e in over.elts) else over.elts
    if isinstance(over, (ast.ListComp, ast.GeneratorExp)):
        return [over.elt]
    return []


def _of_call(
    source: Source, call: ast.Call, scope: Scope, path: tuple[int, ...], depth: int
) -> list[Given]:
    """Return the elements of list(x), enumerate(x), zip(x, y), x.items() and the like."""
    word = getattr(call.func, "attr", getattr(call.func, "id", ""))
    first = call.args[0] if len(call.args) == 1 else None
    if word in ("ModuleList", "list", "tuple", "reversed", "sorted") and first is not None:
        return elements(source, first, scope, path, depth - 1)
    if word == "enumerate" and call.args and path[:1] == (1,):
        return elements(source, call.args[0], scope, path[1:], depth - 1)
    if word == "zip" and path and path[0] < len(call.args):
        return elements(source, call.args[path[0]], scope, path[1:], depth - 1)
    values = word == "values" or (word == "items" and path[:1] == (1,))
    if values and isinstance(call.func, ast.Attribute):
        rest = path[1:] if word == "items" else path
        held = settled_through(source, call.func.value, scope)
        pairs = [(v, at) for d, at in held if is_dict(d) for v in _values_of(d)]
        parts = [(_part_at(v, rest), at) for v, at in pairs]
        return [(v, at) for v, at in parts if v is not None]
    return []


def _values_of(options: ast.expr) -> list[ast.expr]:
    if isinstance(options, ast.Dict):
        return options.values
    return [k.value for k in options.keywords] if isinstance(options, ast.Call) else []
