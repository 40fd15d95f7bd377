"""Weights that are made smaller by hand: by a price on their squares, or a part taken off each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.scope import Call, Scope, taken_from
from neural_trainer.inspect.lint.source import Source

_ALL = re.compile(r"\.(?:named_)?parameters\(\)")
_SQUARES = re.compile(r"pow\((?:\w+, )?2(?:\.0)?\)|\*\* 2\b|square\(")
_OTHER = re.compile(r" - | \* (?!\*)|\.grad\b")
"""A distance between weights, importance of each, or gradients: no decay."""


def is_squared_norm(source: Source, expr: ast.expr, scope: Scope, depth: int = 3) -> bool:
    """Tell whether an expression is the sum of the squares of all parameters of a model."""
    if depth == 0:
        return False
    text = ast.unparse(expr)
    if isinstance(expr, ast.Name):
        items = source.assignments.get(source.key(expr, scope), ())
        summed = [i for i in items if i.how == "+=" and i.place.loops]
        over = [taken_from(i.place.loops[-1]) for i in summed]
        for item, each in zip(summed, over, strict=True):
            added = ast.unparse(item.value)
            whole = each is not None and _ALL.search(ast.unparse(each)) is not None
            if whole and _SQUARES.search(added) and not _OTHER.search(added):
                return True
        values = [(v, at) for v, at, index in source.values(expr, scope) if index is None]
        return len(values) == 1 and is_squared_norm(source, *values[0], depth - 1)
    made = source.defined(expr.func, scope) if isinstance(expr, ast.Call) else None
    if made is not None and made.is_function:
        return any(is_squared_norm(source, r.value, made, depth - 1) for r in made.returns)
    summed_up = isinstance(expr, ast.Call) and ("sum(" in text or "norm(" in text)
    squared = _SQUARES.search(text) is not None and not _OTHER.search(text)
    return summed_up and squared and _ALL.search(text) is not None


class Shrinking(NamedTuple):
    """A part that is taken off each parameter of a model. share: which part of it."""

    node: ast.expr | ast.stmt
    share: ast.expr
    scope: Scope


def shrinkings(source: Source) -> Iterator[Shrinking]:
    """Yield what takes a part off each parameter in a loop over them: p.mul_(1 - k), p -= k * p."""
    for call in source.called("mul_", "sub_", "add_", "copy_"):
        target = _of_loop(call.receiver, call.place.loops)
        given = call.argument(0)
        share = _share(call, target, given) if target and given is not None else None
        if share is not None:
            yield Shrinking(call.node, share, call.scope)
    for items in source.assignments.values():
        for item in items:
            target = _of_loop(item.target, item.place.loops) if item.how in ("-=", "*=") else ""
            share = None
            if target:
                share = _part_of(target, item.value) if item.how == "-=" else _left(item.value)
            if share is not None:
                yield Shrinking(item.node, share, item.scope)


def _share(call: Call, target: str, given: ast.expr) -> ast.expr | None:
    """Return which part an operation in place takes off its tensor, None where it is another."""
    if call.word == "mul_":
        return _left(given)
    alpha = call.argument(99, "alpha")
    if call.word == "sub_":
        same = ast.unparse(given) == target and alpha is not None
        return alpha if same else _part_of(target, given)
    if call.word == "add_":
        off = isinstance(alpha, ast.UnaryOp) and isinstance(alpha.op, ast.USub)
        same = ast.unparse(given) == target and off
        return alpha.operand if same and isinstance(alpha, ast.UnaryOp) else None
    sides = (given.left, given.right) if isinstance(given, ast.BinOp) else ()
    shrunken = any(ast.unparse(side) == target for side in sides)
    return next((s for side in sides if (s := _left(side)) is not None), None) if shrunken else None


def _left(factor: ast.expr) -> ast.expr | None:
    """Return k of 1 - k."""
    if not isinstance(factor, ast.BinOp) or not isinstance(factor.op, ast.Sub):
        return None
    one = isinstance(factor.left, ast.Constant) and factor.left.value == 1
    return factor.right if one else None


def _part_of(target: str, value: ast.expr) -> ast.expr | None:
    """Return k of k * target."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Mult):
        return None
    if ast.unparse(value.right) == target:
        return value.left
    return value.right if ast.unparse(value.left) == target else None


def _of_loop(target: ast.expr | None, loops: tuple[ast.AST, ...]) -> str:
    """Return how a parameter of a loop over all of a model is spelled, "" of anything else."""
    loop = loops[-1] if loops else None
    over = taken_from(loop) if loop is not None else None
    whole = over is not None and isinstance(over, ast.Call)
    if target is None or not whole or over is None or not _ALL.search(ast.unparse(over)):
        return ""
    named = getattr(loop, "target", None)
    names = [n.id for n in ast.walk(named) if isinstance(n, ast.Name)] if named is not None else []
    owner = target.value if isinstance(target, ast.Attribute) else target
    own = bool(names) and isinstance(owner, ast.Name) and owner.id == names[-1]
    return ast.unparse(target) if own else ""
