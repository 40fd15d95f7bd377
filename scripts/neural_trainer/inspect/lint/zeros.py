"""Whether a value can be exactly zero: a share of one-hot rows, clamped at 0, a filled gap."""

from __future__ import annotations

import ast
from typing import NamedTuple

from neural_trainer.inspect.lint.scope import Place, Scope
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source

_AVERAGES = frozenset({"sum", "mean"})
_SAME = frozenset({
    "float", "double", "to", "view", "reshape", "squeeze", "flatten", "to_numpy", "values",
    "astype", "tensor", "as_tensor", "from_numpy",
})  # fmt: skip
DEEPEST = 10


class Zero(NamedTuple):
    """What can be zero, and its line."""

    what: str
    line: int


def zeros_of(
    source: Source, value: ast.expr, scope: Scope, place: Place, depth: int = DEEPEST
) -> Zero | None:
    """Return what makes a value zero, None where that is not seen. A sum is followed over one axis.

    Of an argument, all calls of the function must agree that it can be zero.
    """
    if depth == 0:
        return None
    if isinstance(value, ast.Name):
        last = source.last_value(value, scope, place)
        if last is not None:
            return (
                zeros_of(source, last.value, scope, last.place, depth - 1)
                if last.element is None
                else None
            )
        if value.id not in scope.parameters or source.assignments.get(source.key(value, scope)):
            return None
        passed = source.passed(scope, value.id)
        found = [zeros_of(source, v, at, source.place_of(v, at), depth - 2) for v, at in passed]
        return found[0] if found and None not in found else None
    if isinstance(value, ast.BinOp):
        if isinstance(value.op, ast.Div):
            return zeros_of(source, value.left, scope, place, depth - 1)
        straight = _straight_through(value)
        return zeros_of(source, straight, scope, place, depth - 1) if straight is not None else None
    if isinstance(value, ast.Subscript):
        return _filled(source, value, scope)
    if not isinstance(value, ast.Call):
        return None
    made = source.defined(value.func, scope)
    if made is not None and made.is_function and len(made.returns) == 1:
        result = made.returns[0]
        return zeros_of(source, result.value, made, result.place, depth - 1)
    cls = (
        source.class_of(value.func, scope)
        if made is None and not source.name(value.func, scope)
        else None
    )
    forward = source.method(cls, "forward") if cls is not None else None
    if forward is not None and len(forward.returns) == 1:
        result = forward.returns[0]
        return zeros_of(source, result.value, forward, result.place, depth - 1)
    return _of_call(source, value, scope, place, depth)


def _of_call(source: Source, call: ast.Call, scope: Scope, place: Place, depth: int) -> Zero | None:
    name = source.name(call.func, scope)
    word = name.rpartition(".")[2] if name else getattr(call.func, "attr", "")
    inner = getattr(call.func, "value", None) if not name else (call.args[0] if call.args else None)
    if word == "one_hot":
        return Zero("a share of one-hot rows", call.lineno)
    if word in ("clamp", "clip", "clamp_min"):
        given = {k.arg: k.value for k in call.keywords}
        first = call.args[int(bool(name)) :]
        least = given.get("min", first[0] if first else None)
        return (
            Zero("what is clamped at 0", call.lineno) if number(source, least, scope) == 0 else None
        )
    if word in _AVERAGES:
        dims = [*call.args[int(bool(name)) :], *(k.value for k in call.keywords if k.arg == "dim")]
        if len(dims) != 1 or inner is None:
            return None  # a sum of all is zero only where each is
        return zeros_of(source, inner, scope, place, depth - 1)
    if word in _SAME and isinstance(inner, ast.expr):
        return zeros_of(source, inner, scope, place, depth - 1)
    return None


def _straight_through(value: ast.BinOp) -> ast.expr | None:
    """Return the value of hard + soft - soft.detach(), which is that of hard."""
    if not isinstance(value.op, ast.Sub) or not isinstance(value.left, ast.BinOp):
        return None
    soft, cut = ast.unparse(value.left.right), ast.unparse(value.right)
    adds = isinstance(value.left.op, ast.Add)
    return value.left.left if adds and cut == f"{soft}.detach()" else None


def _filled(source: Source, column: ast.Subscript, scope: Scope) -> Zero | None:
    """Return the fillna by which the gaps of a column became 0."""
    name = column.slice.value if isinstance(column.slice, ast.Constant) else None
    for value, at, _ in source.values(column.value, scope) if isinstance(name, str) else ():
        for node in ast.walk(value):
            if not isinstance(node, ast.Call) or getattr(node.func, "attr", "") != "fillna":
                continue
            filler = node.args[0] if node.args else None
            if isinstance(filler, ast.Dict):
                pairs = zip(filler.keys, filler.values, strict=True)
                filler = next((v for k, v in pairs if getattr(k, "value", None) == name), None)
            if filler is not None and number(source, filler, at) == 0:
                return Zero(f"a gap of {name!r}, filled with 0,", node.lineno)
    return None
