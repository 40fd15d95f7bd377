"""Calls of a thing under another name: an import `as`, a variable, a `partial` with arguments."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from typing import TYPE_CHECKING, TypeGuard

from neural_trainer.inspect.lint.parts import settled
from neural_trainer.inspect.lint.scope import Call, Scope

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


def lay_in_partials(tree: ast.Module) -> dict[int, ast.Call]:
    """Turn calls of a name for `partial(f, a, k=b)` into calls of f with a, k=b and their own.

    In place. Of a name that is bound once in the whole file, so that nothing else can be meant.
    Returns the partial by the id of each call.
    """
    laid_in: dict[int, ast.Call] = {}
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
            laid_in[id(node)] = named[name]
            held = copy.deepcopy(named[name])
            own = {item.arg for item in node.keywords}
            node.func = ast.copy_location(held.args[0], node.func)
            node.args = [*held.args[1:], *node.args]
            node.keywords = [k for k in held.keywords if k.arg not in own] + node.keywords
    return laid_in


def call_of_partial(value: ast.expr) -> ast.Call | None:
    """Return the call of f(a, k=b) that partial(f, a, k=b) stands for, None for another value."""
    if not is_partial(value):
        return None
    return ast.copy_location(ast.Call(value.args[0], value.args[1:], value.keywords), value)


def see_through_handles(source: Source) -> bool:
    """Turn calls of a variable, an item or getattr that is one imported class into calls of it.

    In place: `kind(...)` where kind = torch.optim.AdamW, getattr(torch.optim, "AdamW")(...).
    Returns whether there were any.
    """
    found = False
    for scope in source.scopes:
        for number, event in enumerate(scope.events):
            if not isinstance(event, Call):
                continue
            thing = _class_called(source, event)
            if thing is not None:
                event.node.func = ast.copy_location(thing, event.node.func)
                word = source.name(thing, scope).rpartition(".")[2]
                scope.events[number] = event._replace(word=word)
                found = True
    return found


def _class_called(source: Source, call: Call) -> ast.expr | None:
    """Return the imported class that a call is of by another name, None for all other calls."""
    function, scope = call.node.func, call.scope
    if isinstance(function, ast.Call):
        named = getattr(function.func, "id", "") == "getattr" and len(function.args) >= 2
        things = _attributes(source, function, scope) if named else []
    elif isinstance(function, ast.Subscript) or source.key(function, scope) in source.assignments:
        values = [] if source.name(function, scope) else source.values(function, scope)
        things = [value if index is None else None for value, _, index in values]
    else:
        return None
    names = {_class_name(source, thing, scope) for thing in things}
    return things[0] if len(names) == 1 and "" not in names else None


def _attributes(source: Source, function: ast.Call, scope: Scope) -> list[ast.expr | None]:
    """Return what getattr(module, name) can be, by what the name is set to in this file."""
    holder, name = function.args[:2]
    values: list[ast.expr] = [name] if isinstance(name, ast.Constant) else []
    values = values or [value for value, _ in settled(source, name, scope)]
    constants = [v.value for v in values if isinstance(v, ast.Constant)]
    if len(constants) != len(values) or not all(isinstance(c, str) for c in constants):
        return []
    return [
        ast.copy_location(ast.Attribute(holder, str(c), ast.Load()), function) for c in constants
    ]


def _class_name(source: Source, thing: ast.expr | None, scope: Scope) -> str:
    """Return the full name of an imported class of a library, "" for all else."""
    if not isinstance(thing, (ast.Name, ast.Attribute)):
        return ""
    name = source.name(thing, scope)
    return name if "." in name and name.rpartition(".")[2][:1].isupper() else ""


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
