"""What the calls of a function give its parameters: by place, keyword, or a starred value."""

from __future__ import annotations

import ast
from collections import defaultdict

from neural_trainer.inspect.lint.parts import entry
from neural_trainer.inspect.lint.scope import Call, Place, Scope, bound_arguments
from neural_trainer.inspect.lint.source import Source


def arguments_of(
    source: Source, function: Scope, name: str
) -> list[tuple[ast.expr, Call, int | None]]:
    """Return what each call gives a function as `name`, and which element of a starred value."""
    found: list[tuple[ast.expr, Call, int | None]] = []
    for call in calls_of(source, function):
        value = bound_arguments(function, call).get(name)
        given = call.node.args
        stars = [n for n, each in enumerate(given) if isinstance(each, ast.Starred)]
        names = function.parameters[int(function.is_method) :]
        if value is not None:
            found.append((value, call, None))
        elif len(stars) == 1 and name in names:
            star, at = stars[0], names.index(name)
            after = len(names) - (len(given) - star - 1)  # where what follows the star begins
            starred = given[star]
            assert isinstance(starred, ast.Starred)
            if star <= at < after:
                found.append((starred.value, call, at - star))
            elif at >= after:
                found.append((given[star + 1 + at - after], call, None))
    return found


def function_run(source: Source, call: ast.expr, scope: Scope) -> Scope | None:
    """Return the function of this file that a call runs: of an object of a module, its forward."""
    if not isinstance(call, ast.Call):
        return None
    made = source.defined(call.func, scope)
    if made is None and not source.name(call.func, scope):
        cls = source.class_of(call.func, scope)
        made = source.method(cls, "forward") if cls is not None else None
    return made if made is not None and made.is_function else None


def entry_of_result(
    source: Source, expr: ast.expr, scope: Scope, place: Place
) -> tuple[ast.expr, Scope, Place] | None:
    """Return out["logits"] of out = model(x), whose forward returns a dict that is written out."""
    key = expr.slice if isinstance(expr, ast.Subscript) else None
    if not isinstance(expr, ast.Subscript) or not isinstance(key, ast.Constant):
        return None
    made: ast.expr = expr.value
    if isinstance(made, ast.Name):
        last = source.last_value(made, scope, place)
        made = last.value if last is not None and last.element is None else made
    function = function_run(source, made, scope)
    if function is None or len(function.returns) != 1 or not isinstance(key.value, str):
        return None
    value, where = function.returns[0]
    held = entry(value, key.value)
    return (held, function, where) if held is not None else None


def calls_of(source: Source, function: Scope) -> list[Call]:
    """Return the calls of a function; of a module's forward those of its objects as well."""
    cls = source.method_of(function)
    if function.name != "forward" or cls is None:
        return list(source.callers.get(function.number, ()))
    if "calls_of_objects" not in source.kept:
        source.kept["calls_of_objects"] = _calls_of_objects(source)
    return [*source.callers.get(function.number, ()), *source.kept["calls_of_objects"][cls.number]]


def _calls_of_objects(source: Source) -> dict[int, list[Call]]:
    """Return the calls of objects of each class of this file that has a forward: model(x)."""
    found: dict[int, list[Call]] = defaultdict(list)
    for scope in source.scopes:
        for call in scope.calls():
            func = call.node.func
            if not isinstance(func, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)):
                continue
            if source.name(func, scope) or source.defined(func, scope) is not None:
                continue
            made = source.class_of(func, scope)
            forward = source.method(made, "forward") if made is not None else None
            if forward is not None and forward.parent is not None:
                found[forward.parent.number].append(call)
    return found
