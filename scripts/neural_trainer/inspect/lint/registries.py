"""Tables that a decorator fills: LOSSES["focal"] after @register("focal") above a class."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from neural_trainer.inspect.lint.parts import settled_through
from neural_trainer.inspect.lint.scope import Scope

if TYPE_CHECKING:
    from neural_trainer.inspect.lint.source import Source


def registered(source: Source, item: ast.Subscript, scope: Scope) -> Scope | None:
    """Return the class or function that a decorator put into a table under the name of an item."""
    fillers = _fillers(source).get(source.key(item.value, scope), ())
    if not fillers:
        return None
    chosen = settled_through(source, item.slice, scope)
    names = {value.value for value, _ in chosen if isinstance(value, ast.Constant)}
    if len(names) != 1 or len(chosen) != 1:
        return None
    found = [
        each
        for each in source.scopes
        for decorator in each.decorators
        if (made := _decorates(source, decorator, each)) is not None and made[0] in fillers
        if made[1] in names
    ]
    return found[0] if len(found) == 1 else None


def _fillers(source: Source) -> dict[str, list[int]]:
    """Return by table the functions that put what they decorate into it: TABLE[name] = cls."""
    if "registries" not in source.kept:
        found: dict[str, list[int]] = {}
        source.kept["registries"] = found  # while it is being worked out
        for scope in source.scopes:
            outer = scope.parent
            if not scope.is_function or outer is None or not outer.is_function:
                continue
            for event in scope.events:
                target, value = getattr(event, "target", None), getattr(event, "value", None)
                put = isinstance(target, ast.Subscript) and isinstance(value, ast.Name)
                named = getattr(getattr(target, "slice", None), "id", "") in outer.parameters
                if put and named and value.id in scope.parameters:  # type: ignore[union-attr]
                    key = source.key(target.value, scope)  # type: ignore[union-attr]
                    found.setdefault(key, []).append(outer.number)
    known: dict[str, list[int]] = source.kept["registries"]
    return known


def _decorates(source: Source, decorator: ast.expr, decorated: Scope) -> tuple[int, object] | None:
    """Return the function of this file that makes a decorator, and what it is called with first."""
    if not isinstance(decorator, ast.Call) or len(decorator.args) != 1:
        return None
    name = decorator.args[0]
    made = source.defined(decorator.func, decorated.parent or source.module)
    text = name.value if isinstance(name, ast.Constant) else None
    return (made.number, text) if made is not None else None
