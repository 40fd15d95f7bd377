"""Whether a value can be exactly zero: a relu, a share of one-hot rows, clamped at 0, a gap."""

from __future__ import annotations

import ast
from typing import NamedTuple

from neural_trainer.inspect.lint.given_arguments import arguments_of, function_run
from neural_trainer.inspect.lint.origins import origin
from neural_trainer.inspect.lint.scope import Assignment, Place, Scope
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source

_AVERAGES = frozenset({"sum", "mean"})
_SAME = frozenset({
    "float", "double", "to", "view", "reshape", "squeeze", "flatten", "to_numpy", "values",
    "astype", "tensor", "as_tensor", "from_numpy", "unbind", "chunk", "split", "tensor_split",
    "unsqueeze", "sqrt", "square", "abs", "prod", "contiguous", "clone",
})  # fmt: skip
"""Methods that give the same zeros, in another shape or type, in parts, or under a power."""
_RELUS = frozenset({"relu", "ReLU", "relu6", "ReLU6"})
_LEAST = frozenset({"min", "minimum"})
DEEPEST = 24  # a product of sums of what is the least of two parts of a prediction is twelve deep


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
    if depth <= 0:
        return None
    if isinstance(value, ast.Name):
        return _of_name(source, value, scope, place, depth)
    if isinstance(value, ast.BinOp):
        return _of_two(source, value, scope, place, depth)
    if isinstance(value, ast.Subscript):
        if isinstance(value.slice, (ast.Slice, ast.Tuple)):  # rows or columns of it
            return zeros_of(source, value.value, scope, place, depth - 1)
        return _filled(source, value, scope)
    if not isinstance(value, ast.Call):
        return None
    function = function_run(source, value, scope)
    if function is not None:
        return _of_result(source, function, None, depth)
    return _of_call(source, value, scope, place, depth)


def _of_name(source: Source, name: ast.Name, scope: Scope, place: Place, depth: int) -> Zero | None:
    last = source.last_value(name, scope, place)
    if last is not None and last.element is None:
        return zeros_of(source, last.value, scope, last.place, depth - 1)
    if last is not None:
        return _of_element(source, last, depth)
    if name.id not in scope.parameters or source.assignments.get(source.key(name, scope)):
        return None
    found = [
        zeros_of(source, v, call.scope, call.place, depth - 2) if part is None else None
        for v, call, part in arguments_of(source, scope, name.id)
    ]
    return found[0] if found and None not in found else None


def _of_element(source: Source, given: Assignment, depth: int) -> Zero | None:
    """Return what makes one of several names zero that are given the parts of a value."""
    value, scope, element = given.value, given.scope, given.element
    if isinstance(value, (ast.Tuple, ast.List)) and element is not None:
        inside = element < len(value.elts)
        part = value.elts[element] if inside else value
        return zeros_of(source, part, scope, given.place, depth - 1)
    if not isinstance(value, ast.Call):
        return None
    function = function_run(source, value, scope)
    if function is not None:
        return _of_result(source, function, element, depth)
    word = getattr(value.func, "attr", "")
    parts = word in ("unbind", "chunk", "split", "tensor_split")
    return zeros_of(source, value, scope, given.place, depth - 1) if parts else None


def _of_result(source: Source, function: Scope, element: int | None, depth: int) -> Zero | None:
    """Return what makes the result of a function, or an element of it, zero."""
    if len(function.returns) != 1:
        return None
    value, place = function.returns[0]
    if element is not None:
        parts = value.elts if isinstance(value, ast.Tuple) else []
        if element >= len(parts):
            return None
        value = parts[element]
    return zeros_of(source, value, function, place, depth - 1)


def _of_two(
    source: Source, value: ast.BinOp, scope: Scope, place: Place, depth: int
) -> Zero | None:
    """Return what makes a quotient zero, a product by either side, or a sum by both."""
    left = zeros_of(source, value.left, scope, place, depth - 1)
    if isinstance(value.op, (ast.Div, ast.Pow)):
        return left
    if isinstance(value.op, ast.Mult):
        return left or zeros_of(source, value.right, scope, place, depth - 1)
    if isinstance(value.op, ast.Add):
        return zeros_of(source, value.right, scope, place, depth - 1) and left
    straight = _straight_through(value)
    return zeros_of(source, straight, scope, place, depth - 1) if straight is not None else None


def _of_call(source: Source, call: ast.Call, scope: Scope, place: Place, depth: int) -> Zero | None:
    name = source.name(call.func, scope)
    word = name.rpartition(".")[2] if name else getattr(call.func, "attr", "")
    inner = getattr(call.func, "value", None) if not name else (call.args[0] if call.args else None)
    rest = call.args[int(bool(name)) :]
    if word == "one_hot":
        return Zero("a share of one-hot rows", call.lineno)
    if word in ("clamp", "clip", "clamp_min"):
        given = {k.arg: k.value for k in call.keywords}
        least = given.get("min", rest[0] if rest else None)
        at_zero = number(source, least, scope) == 0
        return Zero("what is clamped at 0", call.lineno) if at_zero else None
    if word in _AVERAGES:
        dims = [*rest, *(k.value for k in call.keywords if k.arg == "dim")]
        if len(dims) != 1 or inner is None:
            return None  # a sum of all is zero only where each is
        return zeros_of(source, inner, scope, place, depth - 1)
    sides = [inner, *rest] if word in _LEAST and len(rest) == 1 and not call.keywords else []
    if name == "torch.where" and len(call.args) == 3:
        sides = [*call.args[1:]]
    for side in sides:
        found = zeros_of(source, side, scope, place, depth - 1) if side is not None else None
        if found is not None:
            return found
    if word in _SAME and isinstance(inner, ast.expr):
        return zeros_of(source, inner, scope, place, depth - 1)
    made = origin(source, call, scope, place)
    if made is not None and made.operation in _RELUS:
        return Zero("a relu", made.node.lineno)
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
