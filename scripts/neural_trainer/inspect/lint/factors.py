"""What a function of one number gives, as far as this file shows: a schedule of the rate."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import NamedTuple

from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source


class Result(NamedTuple):
    """A number, and the expression that a function returned for it."""

    value: float
    node: ast.expr


def value_at(source: Source, function: Scope, step: float) -> Result | None:
    """Return what `function` gives for `step`, None where a part of it is out of sight."""
    if not function.parameters:
        return None
    reader = _Reader(source, function, {function.parameters[0]: step})
    if isinstance(function.node, ast.Lambda):
        value = reader.value(function.node.body)
        return None if value is None else Result(value, function.node.body)
    return reader.block(getattr(function.node, "body", []))


def expression_at(source: Source, expr: ast.expr, scope: Scope, **known: float) -> float | None:
    """Return the number that an expression is where some names have the values of `known`."""
    return _Reader(source, scope, known).value(expr)


class _Reader:
    """Works out expressions of numbers; None is what cannot be told."""

    def __init__(self, source: Source, scope: Scope, known: dict[str, float]) -> None:
        self.source, self.scope, self.known = source, scope, dict(known)

    def block(self, body: list[ast.stmt]) -> Result | None:
        """Return what a block returns; None where it goes on, or cannot be told."""
        for statement in body:
            if isinstance(statement, ast.Return) and statement.value is not None:
                value = self.value(statement.value)
                return None if value is None else Result(value, statement.value)
            if isinstance(statement, ast.If):
                test = self.value(statement.test)
                if test is None:
                    return None
                found = self.block(statement.body if test else statement.orelse)
                if found is not None:
                    return found
            elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                value = self.value(statement.value)
                if value is None:
                    return None
                self.known[statement.targets[0].id] = value
            elif not isinstance(statement, ast.Expr):
                return None
        return None

    def value(self, expr: ast.expr) -> float | None:
        """Return the number that an expression is."""
        if isinstance(expr, ast.Name) and expr.id in self.known:
            return self.known[expr.id]
        if isinstance(expr, ast.BinOp) and type(expr.op) in _BINARY:
            return self.applied(_BINARY[type(expr.op)], [expr.left, expr.right])
        if isinstance(expr, ast.UnaryOp) and isinstance(expr.op, ast.USub):
            return self.applied(operator.neg, [expr.operand])
        if isinstance(expr, ast.IfExp):
            test = self.value(expr.test)
            return None if test is None else self.value(expr.body if test else expr.orelse)
        if isinstance(expr, ast.Compare) and len(expr.ops) == 1 and type(expr.ops[0]) in _COMPARED:
            return self.applied(_COMPARED[type(expr.ops[0])], [expr.left, expr.comparators[0]])
        if isinstance(expr, ast.Call) and not expr.keywords:
            name = self.source.name(expr.func, self.scope)
            return self.applied(_FUNCTIONS[name], expr.args) if name in _FUNCTIONS else None
        if isinstance(expr, ast.Attribute) and ast.unparse(expr) == "math.pi":
            return math.pi
        return number(self.source, expr, self.scope)

    def applied(self, function: Callable[..., float], parts: list[ast.expr]) -> float | None:
        """Return what a function gives of parts that are numbers."""
        values = [self.value(part) for part in parts]
        if None in values or any(value is not None and abs(value) > 1e12 for value in values):
            return None
        try:
            result = function(*values)
        except (ArithmeticError, ValueError, TypeError):
            return None
        return float(result) if isinstance(result, (int, float)) else None


_BINARY: dict[type[ast.operator], Callable[..., float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
    ast.Pow: lambda left, right: math.pow(left, right),
}  # fmt: skip
_COMPARED: dict[type[ast.cmpop], Callable[..., float]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "min": min, "max": max, "float": float, "int": int, "abs": abs, "math.cos": math.cos,
    "math.sin": math.sin, "math.exp": math.exp, "math.sqrt": math.sqrt, "math.pow": math.pow,
}  # fmt: skip
