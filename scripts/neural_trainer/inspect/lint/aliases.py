"""Calls of a thing under another name: an import `as`, or a `partial` of it with arguments."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from typing import TYPE_CHECKING, TypeGuard

from neural_trainer.inspect.lint.scope import Call

if TYPE_CHECKING:
    from neural_trainer.inspect.lint.source import Source


def see_through_aliases(source: Source) -> None:
    """Give calls of what was imported `as` another name the word of the thing itself."""
    words = {
        alias
        for scope in source.scopes
        for alias, what in scope.imports.items()
        if what.rpartition(".")[2] not in (alias, "")
    }
    for scope in source.scopes if words else ():
        for number, event in enumerate(scope.events):
            if not isinstance(event, Call) or not isinstance(event.node.func, ast.Name):
                continue
            binder = source.binder(event.word, scope) if event.word in words else None
            if binder is not None and event.word not in binder.bound:
                word = binder.imports[event.word].rpartition(".")[2]
                scope.events[number] = event._replace(word=word)


def lay_in_partials(tree: ast.Module) -> None:
    """Turn calls of a name for `partial(f, a, k=b)` into calls of f with a, k=b and their own.

    In place. Of a name that is bound once in the whole file, so that nothing else can be meant.
    """
    bound = Counter(node.id for node in ast.walk(tree) if _is_bound(node))
    bound.update(node.arg for node in ast.walk(tree) if isinstance(node, ast.arg))
    named = {
        node.targets[0].id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and is_partial(node.value)
        and bound[node.targets[0].id] == len(node.targets) == 1
    }
    for node in ast.walk(tree) if named else ():
        for _ in range(4):  # a partial of a partial
            name = node.func.id if isinstance(node, ast.Call) and _is_name(node.func) else ""  # type: ignore[attr-defined]
            if name not in named or not isinstance(node, ast.Call):
                break
            held = copy.deepcopy(named[name])
            own = {item.arg for item in node.keywords}
            node.func = ast.copy_location(held.args[0], node.func)
            node.args = [*held.args[1:], *node.args]
            node.keywords = [k for k in held.keywords if k.arg not in own] + node.keywords


def is_partial(value: ast.AST) -> TypeGuard[ast.Call]:
    """Tell whether an expression is functools.partial of something that has a name."""
    if not isinstance(value, ast.Call) or not value.args:
        return False
    word = (
        value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
    )
    return word == "partial" and isinstance(value.args[0], (ast.Name, ast.Attribute))


def _is_name(expr: ast.expr) -> bool:
    return isinstance(expr, ast.Name)


def _is_bound(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
