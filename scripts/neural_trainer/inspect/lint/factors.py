"""What a function of one number gives, as far as this file shows: a schedule of the rate."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import NamedTuple

from neural_trainer.inspect.lint.scope import Call, Place, Scope, bound_arguments
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source


class Result(NamedTuple):
    """A number, and the expression that a function returned for it."""

    value: float
    node: ast.expr


def value_at(source: Source, function: Scope, step: float) -> Result | None:
    """Return what `function` gives for `step`, None where a part of it is out of sight."""
    given = function.parameters[int(function.is_method) :]
    return _Reader(source, function, {given[0]: step}).result(function) if given else None


def expression_at(source: Source, expr: ast.expr, scope: Scope, **known: float) -> float | None:
    """Return the number that an expression is where some names have the values of `known`."""
    return _Reader(source, scope, known).value(expr)


class _Reader:
    """Works out expressions of numbers; None is what cannot be told."""

    def __init__(
        self, source: Source, scope: Scope, known: dict[str, float], depth: int = 4
    ) -> None:
        self.source, self.scope, self.known, self.depth = source, scope, dict(known), depth

    def result(self, function: Scope) -> Result | None:
        """Return what a function gives, and by which expression."""
        if isinstance(function.node, ast.Lambda):
            value = self.value(function.node.body)
            return None if value is None else Result(value, function.node.body)
        return self.block(getattr(function.node, "body", []))

    def called(self, expr: ast.Call) -> float | None:
        """Return what a call gives, of a function of the library or of this file."""
        name = self.source.name(expr.func, self.scope)
        if name in _FUNCTIONS and not expr.keywords:
            return self.applied(_FUNCTIONS[name], expr.args)
        made = self.source.defined(expr.func, self.scope)
        if made is None or not made.is_function or self.depth == 0:
            return None
        given = bound_arguments(made, Call(expr, made.name, Place(), self.scope))
        values = {name: self.value(value) for name, value in given.items()}
        known = {name: value for name, value in values.items() if value is not None}
        result = _Reader(self.source, made, known, self.depth - 1).result(made)
        return result.value if result is not None else None

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
            elif not isinstance(statement, ast.Expr) and not self.assigned(statement):
                return None
        return None

    def assigned(self, statement: ast.stmt) -> bool:
        """Take note of a name that is set, also by *=; tell whether that is all."""
        if isinstance(statement, ast.Assign):
            target, given = statement.targets[0], statement.value
        elif isinstance(statement, ast.AugAssign):
            target = statement.target
            given = ast.copy_location(ast.BinOp(target, statement.op, statement.value), statement)
        else:
            return False
        if not isinstance(target, ast.Name):
            return False
        value = self.value(given)
        self.known.pop(target.id, None)
        if value is not None:
            self.known[target.id] = value
        return value is not None or isinstance(statement, ast.Assign)

    def value(self, expr: ast.expr) -> float | None:
        """Return the number that an expression is."""
        if isinstance(expr, ast.Name) and expr.id in self.known:
            return self.known[expr.id]
        if isinstance(expr, ast.BinOp) and type(expr.op) in _BINARY:
            sides = [self.value(expr.left), self.value(expr.right)]
            if isinstance(expr.op, ast.Mult) and 0 in sides:
                return 0.0  # whatever the other is
            return _computed(_BINARY[type(expr.op)], sides)
        if isinstance(expr, ast.UnaryOp) and isinstance(expr.op, ast.USub):
            return self.applied(operator.neg, [expr.operand])
        if isinstance(expr, ast.IfExp):
            test = self.value(expr.test)
            return None if test is None else self.value(expr.body if test else expr.orelse)
        if isinstance(expr, ast.Compare) and all(type(op) in _COMPARED for op in expr.ops):
            each = [expr.left, *expr.comparators]
            pairs = zip(expr.ops, each, each[1:])  # noqa: B905
            held = [self.applied(_COMPARED[type(op)], [a, b]) for op, a, b in pairs]
            return 0.0 if 0 in held else None if None in held else 1.0
        if isinstance(expr, ast.Call):
            return self.called(expr)
        if self.source.name(expr, self.scope) in ("math.pi", "numpy.pi", "torch.pi"):
            return math.pi
        return number(self.source, expr, self.scope)

    def applied(self, function: Callable[..., float], parts: list[ast.expr]) -> float | None:
        """Return what a function gives of parts that are numbers."""
        return _computed(function, [self.value(part) for part in parts])


def _computed(function: Callable[..., float], values: list[float | None]) -> float | None:
    """Return what a function gives of numbers, None where one cannot be told."""
    if None in values or any(value is not None and abs(value) > _TOO_BIG for value in values):
        return None
    try:
        result = function(*values)
    except (ArithmeticError, ValueError, TypeError):
        return None
    return float(result) if isinstance(result, (int, float)) else None


_TOO_BIG = 1e12
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
    "math.floor": math.floor, "round": lambda value, places=0: round(value, int(places)),
}  # fmt: skip
