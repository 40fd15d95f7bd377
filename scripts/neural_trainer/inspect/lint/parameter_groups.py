"""The groups of parameters that an optimizer is given, by whatever way their list is made."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.parts import Given, entry
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.source import Source

DEEPEST = 5


class Group(NamedTuple):
    """One dict of parameters and options. many: whether it is made again and again."""

    node: ast.expr
    scope: Scope
    many: bool = False

    def option(self, name: str) -> Given | None:
        """Return what the group has under `name`."""
        value = entry(self.node, name)
        return (value, self.scope) if value is not None else None


def groups_of(source: Source, params: ast.expr, scope: Scope) -> list[Group]:
    """Return the groups in sight in what an optimizer is given, [] where there are none."""
    found: dict[int, Group] = {}
    for group in _groups(source, params, scope, False, DEEPEST):
        found.setdefault(id(group.node), group)
    return list(found.values())


def _groups(
    source: Source, expr: ast.expr, scope: Scope, many: bool, depth: int
) -> Iterator[Group]:
    if depth <= 0:
        return
    if entry(expr, "params") is not None:
        yield Group(expr, scope, many)
        return
    for inner, again in _inside(expr):
        yield from _groups(source, inner, scope, many or again, depth - 1)
    if isinstance(expr, ast.Call):
        made = source.defined(expr.func, scope)
        for item in made.returns if made is not None and made.is_function else ():
            again = many or bool(item.place.loops)
            yield from _groups(source, item.value, made or scope, again, depth - 1)
    elif isinstance(expr, (ast.Name, ast.Attribute)):
        yield from _of_name(source, expr, scope, many, depth)


def _inside(expr: ast.expr) -> list[tuple[ast.expr, bool]]:
    """Return the parts of a list that is written out, and whether each stands for many."""
    if isinstance(expr, (ast.List, ast.Tuple)):
        return [(e.value if isinstance(e, ast.Starred) else e, False) for e in expr.elts]
    if isinstance(expr, (ast.ListComp, ast.GeneratorExp)):
        return [(expr.elt, True)]
    if isinstance(expr, ast.BinOp):
        return [(expr.left, False), (expr.right, False)]
    if isinstance(expr, ast.IfExp):
        return [(expr.body, False), (expr.orelse, False)]
    word = getattr(getattr(expr, "func", None), "id", "")
    if isinstance(expr, ast.Call) and word in ("list", "tuple", "reversed") and expr.args:
        return [(expr.args[0], False)]
    method = getattr(getattr(expr, "func", None), "attr", "")
    if isinstance(expr, ast.Call) and method == "values" and isinstance(expr.func, ast.Attribute):
        return [(expr.func.value, True)]
    return []


def _of_name(
    source: Source, expr: ast.expr, scope: Scope, many: bool, depth: int
) -> Iterator[Group]:
    for value, at, index in source.values(expr, scope):
        if index is None:
            yield from _groups(source, value, at, many, depth - 1)
    key = source.key(expr, scope)
    for call in source.called("append", "extend") if key else ():
        if source.key(call.receiver, call.scope) == key and call.node.args:
            again = many or bool(call.place.loops)
            yield from _groups(source, call.node.args[0], call.scope, again, depth - 1)
    for item in source.assignments.get(key, ()):
        if item.how == "+=":
            again = many or bool(item.place.loops)
            yield from _groups(source, item.value, item.scope, again, depth - 1)
    for other, items in source.assignments.items() if key else ():  # groups[name] = {...}
        if other.startswith(f"{key}["):
            for item in items:
                again = many or bool(item.place.loops)
                yield from _groups(source, item.value, item.scope, again, depth - 1)
