"""What a loss is the weighted sum of, each where it is computed.

Through names, += and sum(...), functions and losses of the file, tuples and dicts that they return.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.given_arguments import arguments_of, function_run
from neural_trainer.inspect.lint.loss_terms import WEIGHT
from neural_trainer.inspect.lint.parts import entry
from neural_trainer.inspect.lint.scope import Assignment, Place, Scope
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source

DEEPEST = 12  # names, functions and operations from a loss to one of its terms


class Summand(NamedTuple):
    """One term of a loss. factors: what it is multiplied by; divided: whether by anything."""

    expr: ast.expr
    scope: Scope
    place: Place
    factors: tuple[tuple[ast.expr, Scope], ...] = ()


def summands(
    source: Source,
    expr: ast.expr,
    scope: Scope,
    place: Place,
    element: int | str | None = None,
    depth: int = DEEPEST,
) -> Iterator[Summand]:
    """Yield the terms of a loss, or of its part `element`; one that is no sum is its only term."""
    found = _parts(source, expr, scope, place, element) if depth > 0 else None
    if found is None:
        if element is None:
            yield Summand(expr, scope, place)
        return
    for part, at, where, inner, factors in found:
        for each in summands(source, part, at, where, inner, depth - 1):
            yield each._replace(factors=(*each.factors, *factors))


class _Part(NamedTuple):
    """What an expression is made of: one part of it, or of that an element."""

    expr: ast.expr
    scope: Scope
    place: Place
    element: int | str | None = None
    factors: tuple[tuple[ast.expr, Scope], ...] = ()


def _parts(
    source: Source, expr: ast.expr, scope: Scope, place: Place, element: int | str | None
) -> list[_Part] | None:
    """Return what an expression, or its part `element`, is the sum of, None where it is no sum."""
    if element is not None:
        return _of_element(source, expr, scope, place, element)
    if isinstance(expr, ast.UnaryOp) and isinstance(expr.op, ast.USub):
        return [_Part(expr.operand, scope, place)]
    if isinstance(expr, ast.BinOp):
        return _of_two(source, expr, scope, place)
    if isinstance(expr, ast.Subscript) and isinstance(expr.slice, ast.Constant):
        index = expr.slice.value
        known = isinstance(index, (int, str)) and type(index) is not bool
        return [_Part(expr.value, scope, place, index)] if known else None  # type: ignore[arg-type]
    if isinstance(expr, (ast.Name, ast.Attribute)):
        return _of_name(source, expr, scope, place, None)
    return _of_call(source, expr, scope, place) if isinstance(expr, ast.Call) else None


def _of_two(source: Source, expr: ast.BinOp, scope: Scope, place: Place) -> list[_Part] | None:
    if isinstance(expr.op, ast.Add):
        return [_Part(expr.left, scope, place), _Part(expr.right, scope, place)]
    if isinstance(expr.op, ast.Mult):
        for one, other in ((expr.left, expr.right), (expr.right, expr.left)):
            if number(source, one, scope) is not None or WEIGHT.search(ast.unparse(one)):
                return [_Part(other, scope, place, None, ((one, scope),))]
    return None


def _of_name(
    source: Source, expr: ast.expr, scope: Scope, place: Place, element: int | str | None
) -> list[_Part] | None:
    """Return what a name was given last, and what was added to it since."""
    given = [
        item
        for item in source.assignments.get(source.key(expr, scope), ())
        if item.scope is scope and (item.node.end_lineno or 0) < expr.lineno
    ]
    first = next((n for n in range(len(given) - 1, -1, -1) if given[n].how == "="), None)
    if first is None:
        return _of_parameter(source, expr, scope, element) if not given else None
    since = given[first + 1 :]
    begin = given[first]
    both = begin.element is not None and element is not None
    if both or any(item.how != "+=" for item in since) or _is_empty(source, begin):
        return None
    if begin.place.branches[len(place.branches) :]:
        return None
    whole = begin.element if begin.element is not None else element
    added = [_Part(item.value, scope, item.place) for item in since]
    return [_Part(begin.value, scope, begin.place, whole), *added]


def _is_empty(source: Source, begin: Assignment) -> bool:
    """Tell whether a name is begun with a number: the sum of what a loop adds to it."""
    return number(source, begin.value, begin.scope) is not None


def _of_parameter(
    source: Source, expr: ast.expr, scope: Scope, element: int | str | None
) -> list[_Part] | None:
    """Return what the one call of a function gives it, where there is one."""
    if not isinstance(expr, ast.Name) or expr.id not in scope.parameters:
        return None
    given = arguments_of(source, scope, expr.id)
    if len(given) != 1 or given[0][2] is not None:
        return None
    value, call, _ = given[0]
    return [_Part(value, call.scope, call.place, element)]


def _of_call(source: Source, call: ast.Call, scope: Scope, place: Place) -> list[_Part] | None:
    if getattr(call.func, "id", "") == "sum" and len(call.args) == 1:
        items = getattr(call.args[0], "elts", [])
        return [_Part(each, scope, place) for each in items] or None
    function = function_run(source, call, scope)
    if function is None or len(function.returns) != 1 or function.yields:
        return None
    value, where = function.returns[0]
    return [_Part(value, function, where)]


def _of_element(
    source: Source, expr: ast.expr, scope: Scope, place: Place, element: int | str
) -> list[_Part] | None:
    """Return the element of a tuple, list or dict, as far back as it was made."""
    if isinstance(expr, (ast.Tuple, ast.List)):
        inside = isinstance(element, int) and -len(expr.elts) <= element < len(expr.elts)
        return [_Part(expr.elts[element], scope, place)] if inside else None  # type: ignore[index]
    if isinstance(element, str) and (held := entry(expr, element)) is not None:
        return [_Part(held, scope, place)]
    if isinstance(expr, (ast.Name, ast.Attribute)):
        return _of_name(source, expr, scope, place, element)
    if not isinstance(expr, ast.Call):
        return None
    return [part._replace(element=element) for part in _of_call(source, expr, scope, place) or ()]
