"""What a call is set to: numbers and switches through names, defaults, configs and ** of dicts."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TypeAlias, TypeVar

from neural_trainer.inspect.lint.parts import (
    Given,
    default,
    entry,
    is_dict,
    original,
    settled_through,
)
from neural_trainer.inspect.lint.scope import Assignment, Call, Place, Scope
from neural_trainer.inspect.lint.source import Source

T = TypeVar("T")


def setting(source: Source, call: Call, position: int, keyword: str) -> Given | None:
    """Return an argument with the scope it is written in, also out of **options in sight."""
    value = call.argument(position, keyword)
    if value is not None:
        return value, call.scope
    for item in call.node.keywords:
        if item.arg is None:
            for options, at in settled_through(source, item.value, call.scope):
                inner = entry(options, keyword)
                if inner is not None:
                    return inner, at
            key = source.key(item.value, call.scope)
            put = source.assignments.get(f"{key}[{keyword!r}]", []) if key else []
            if put:
                return put[-1].value, put[-1].scope
    return None


def all_in_sight(source: Source, call: Call) -> bool:
    """Tell whether every argument can be seen: no *args, and ** only of dicts in this file."""
    if any(isinstance(value, ast.Starred) for value in call.node.args):
        return False
    return all(
        any(is_dict(value) for value, _ in settled_through(source, item.value, call.scope))
        for item in call.node.keywords
        if item.arg is None
    )


def number(source: Source, expr: ast.expr | None, scope: Scope, depth: int = 5) -> float | None:
    """Return the one number that an expression can be by this file, None where there are others."""
    if isinstance(expr, ast.Constant):
        value = expr.value
        return float(value) if isinstance(value, (int, float)) and type(value) is not bool else None
    if isinstance(expr, ast.UnaryOp) and isinstance(expr.op, ast.USub):
        inner = number(source, expr.operand, scope, depth)
        return -inner if inner is not None else None
    if isinstance(expr, ast.BinOp):
        left = number(source, expr.left, scope, depth)
        right = number(source, expr.right, scope, depth)
        return None if left is None or right is None else _combined(expr.op, left, right)
    if isinstance(expr, ast.IfExp):
        chosen = truth(source, expr.test, scope, depth - 1)
        arms = [expr.body if chosen else expr.orelse] if chosen is not None else []
        both = {number(source, arm, scope, depth - 1) for arm in arms or (expr.body, expr.orelse)}
        return both.pop() if len(both) == 1 else None
    return _agreed(source, expr, scope, depth, number)


def truth(source: Source, expr: ast.expr | None, scope: Scope, depth: int = 5) -> bool | None:
    """Return True or False where an expression can be nothing else by this file."""
    if isinstance(expr, ast.Constant):
        return expr.value if isinstance(expr.value, bool) else None
    if isinstance(expr, ast.UnaryOp) and isinstance(expr.op, ast.Not):
        inner = truth(source, expr.operand, scope, depth)
        return None if inner is None else not inner
    if isinstance(expr, ast.BoolOp):
        parts = [truth(source, each, scope, depth) for each in expr.values]
        settles = isinstance(expr.op, ast.Or)  # one True settles `or`, one False `and`
        if settles in parts:
            return settles
        return None if None in parts else not settles
    if isinstance(expr, ast.Compare) and len(expr.ops) == 1:
        return _compared(source, expr, scope, depth)
    return _agreed(source, expr, scope, depth, truth)


def literal(
    source: Source, expr: ast.expr | None, scope: Scope, depth: int = 5
) -> ast.Constant | None:
    """Return the one constant that an expression is by this file, None where there are others."""
    if isinstance(expr, ast.Constant):
        return expr
    expr = original(expr) if expr is not None else None
    if expr is None or depth <= 0 or not isinstance(expr, (ast.Name, ast.Attribute, ast.Subscript)):
        return None
    found = [literal(source, value, at, depth - 1) for value, at in given(source, expr, scope)]
    known = [each for each in found if each is not None]
    same = len({repr(each.value) for each in known}) == 1 and len(known) == len(found)
    return known[0] if same else None


def _compared(source: Source, expr: ast.Compare, scope: Scope, depth: int) -> bool | None:
    """Return what ==, != or `in` gives of constants, None where a side is out of sight."""
    op, right = expr.ops[0], expr.comparators[0]
    same = _same_object(source, expr.left, right, scope, depth - 1)
    if same is not None and isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)):
        return same is isinstance(op, (ast.Is, ast.Eq))
    left = literal(source, expr.left, scope, depth - 1)
    many = right.elts if isinstance(right, (ast.Tuple, ast.List, ast.Set)) else [right]
    sides = [literal(source, each, scope, depth - 1) for each in many]
    if left is None or None in sides:
        return None
    values = [side.value for side in sides if side is not None]
    put_in = isinstance(expr.left, ast.Constant)  # a default alone says not what `is` will meet
    equal = (ast.Eq, ast.NotEq, *((ast.Is, ast.IsNot) if put_in else ()))
    if isinstance(op, equal) and many[0] is right:
        return (left.value == values[0]) is isinstance(op, (ast.Eq, ast.Is))
    if isinstance(op, (ast.In, ast.NotIn)) and many[0] is not right:
        return (left.value in values) is isinstance(op, ast.In)
    return None


def _same_object(
    source: Source, left: ast.expr, right: ast.expr, scope: Scope, depth: int
) -> bool | None:
    """Return whether two sides are one thing: of a library by name, or None where one is None."""
    if isinstance(right, ast.Constant) and right.value is None:
        return _is_none(source, left, scope, depth) if depth > 0 else None
    names = [source.name(side, scope) for side in (left, right)]
    known = all(name.startswith("torch.") for name in names)
    return names[0] == names[1] if known else None


def _is_none(source: Source, expr: ast.expr, scope: Scope, depth: int) -> bool | None:
    """Return whether what a name is given, in branches that this file does not rule out, is None.

    None where that cannot be told: of a parameter, and of what is given both.
    """
    items = source.assignments.get(source.key(expr, scope), ())
    binder = source.binder(expr.id, scope) if isinstance(expr, ast.Name) else None
    if binder is not None and isinstance(expr, ast.Name) and expr.id in binder.parameters:
        return None
    if not items or any(a.how != "=" or a.element is not None for a in items):
        return None
    live = [a.value for a in items if not ruled_out(source, a.place, a.scope, depth)]
    none = {isinstance(v, ast.Constant) and v.value is None for v in live}
    known = none == {True} or all(isinstance(v, ast.Call) for v in live)
    return none.pop() if known and len(none) == 1 else None


Branch: TypeAlias = tuple[ast.AST, str]


def arm_runs(source: Source, branch: Branch, scope: Scope, depth: int = 5) -> bool | None:
    """Tell whether an arm of an `if` runs, None where this file's settings do not say."""
    node, arm = branch
    if not isinstance(node, ast.If) or arm not in ("then", "else"):
        return None
    known = truth(source, node.test, scope, depth)
    return None if known is None else known is (arm == "then")


def ruled_out(source: Source, place: Place, scope: Scope, depth: int = 5) -> bool:
    """Tell whether a branch around a place is one that this file's settings never take."""
    return any(arm_runs(source, branch, scope, depth) is False for branch in place.branches)


def word(source: Source, expr: ast.expr | None, scope: Scope) -> str | None:
    """Return the one string that an expression can be by this file, None where it is no such."""
    found = literal(source, expr, scope)
    return found.value if found is not None and isinstance(found.value, str) else None


def taken(source: Source, place: Place, scope: Scope) -> bool:
    """Tell whether what stands at a place runs, and once: in no loop, in branches that are taken.

    By what this file sets the conditions to, and an `if` alone.
    """
    return not place.loops and all(arm_runs(source, each, scope) for each in place.branches)


def settled_arms(source: Source, place: Place, scope: Scope) -> dict[Branch, bool]:
    """Return whether the arms of an `if` around a place run, of those that this file settles."""
    said = {branch: arm_runs(source, branch, scope) for branch in place.branches}
    return {branch: runs for branch, runs in said.items() if runs is not None}


def last_taken(source: Source, expr: ast.expr, scope: Scope, place: Place) -> Assignment | None:
    """Return what gave a name its value last, through branches that this file says are taken."""
    last = source.last_value(expr, scope, place)
    key = source.key(expr, scope)
    if last is not None or not key:
        return last
    earlier = [
        item
        for item in source.assignments.get(key, ())
        if item.scope is scope
        and (item.node.end_lineno or 0) < expr.lineno
        and not item.place.loops[len(place.loops) :]
    ]
    for item in reversed(earlier):
        more = item.place.branches[len(place.branches) :]
        same = item.place.branches[: len(place.branches)] == place.branches
        chosen = [arm_runs(source, branch, scope) for branch in more] if same else [None]
        if None in chosen or item.how != "=":
            return None
        if all(chosen):
            return item
    return None


def given(source: Source, expr: ast.expr, scope: Scope) -> list[Given]:
    """Return what a name, attribute or item is set to in this file; [] where that is not all."""
    key = source.key(expr, scope)
    if not key or any(
        a.how != "=" or a.element is not None for a in source.assignments.get(key, ())
    ):
        return []
    found = [(value, at) for value, at, index in source.values(expr, scope) if index is None]
    return found + (default(source, expr, scope) if isinstance(expr, ast.Name) else [])


def written(source: Source, expr: ast.expr, scope: Scope) -> ast.expr:
    """Return where a number is written down: through names, defaults and arguments."""
    for _ in range(5):
        expr = original(expr)
        found = given(source, expr, scope)
        if len(found) != 1:
            return expr
        expr, scope = found[0]
    return expr


def _agreed(
    source: Source,
    expr: ast.expr | None,
    scope: Scope,
    depth: int,
    read: Callable[[Source, ast.expr | None, Scope, int], T | None],
) -> T | None:
    expr = original(expr) if expr is not None else None
    if expr is None or depth <= 0 or not isinstance(expr, (ast.Name, ast.Attribute, ast.Subscript)):
        return None
    found = {read(source, value, at, depth - 1) for value, at in given(source, expr, scope)}
    return found.pop() if len(found) == 1 else None


def _combined(op: ast.operator, left: float, right: float) -> float | None:
    try:
        if isinstance(op, ast.Mult):
            return left * right
        if isinstance(op, ast.Div):
            return left / right
        if isinstance(op, ast.FloorDiv):
            return left // right
        if isinstance(op, ast.Add):
            return left + right
        if isinstance(op, ast.Sub):
            return left - right
        if isinstance(op, ast.Pow) and abs(left) < 1e3 and abs(right) < 1e3:
            result = left**right
            return result if isinstance(result, float) else None
    except (ZeroDivisionError, OverflowError):
        return None
    return None
