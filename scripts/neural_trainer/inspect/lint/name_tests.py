"""Whether a test that sorts parameters holds for one of a given name and number of dimensions."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from neural_trainer.inspect.lint.parts import settled
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.source import Source


class OutOfSight(Exception):
    """A part of a test is not known from the file."""


class Parameter(NamedTuple):
    """A parameter by its name and dimensions: one as the scale of a norm has, two as a matrix."""

    name: str
    num_dims: int = 1


def holds(
    source: Source, test: ast.expr, scope: Scope, names: dict[str, str | Parameter]
) -> bool | None:
    """Return whether a test holds for what `names` stand for, None where it cannot be told."""
    try:
        return bool(_Reader(source, scope, dict(names)).value(test))
    except (OutOfSight, TypeError, re.error, AttributeError):
        return None


class _Reader:
    """Works out a test of names and dimensions. Raises OutOfSight."""

    def __init__(self, source: Source, scope: Scope, known: dict[str, Any]) -> None:
        self.source, self.scope, self.known = source, scope, known

    def value(self, expr: ast.expr) -> Any:
        """Return what an expression is."""
        if isinstance(expr, ast.Constant):
            return expr.value
        if isinstance(expr, ast.Name) and expr.id in self.known:
            return self.known[expr.id]
        if isinstance(expr, (ast.Tuple, ast.List, ast.Set)):
            return tuple(self.value(each) for each in expr.elts)
        if isinstance(expr, ast.UnaryOp) and isinstance(expr.op, ast.Not):
            return not self.value(expr.operand)
        if isinstance(expr, ast.BoolOp):
            return self.either(expr)
        if isinstance(expr, ast.Compare) and len(expr.ops) == 1:
            compared = _COMPARED.get(type(expr.ops[0]))
            if compared is not None:
                return compared(self.value(expr.left), self.value(expr.comparators[0]))
        if isinstance(expr, ast.Call):
            return self.called(expr)
        owner = self.of(expr.value) if isinstance(expr, ast.Attribute) else None
        if isinstance(expr, ast.Attribute) and isinstance(owner, Parameter):
            size = (1,) * owner.num_dims
            known = {"requires_grad": True, "ndim": owner.num_dims, "shape": size}
            if expr.attr in known:
                return known[expr.attr]
        return self.named(expr)

    def of(self, expr: ast.expr) -> Any:
        """Return what a name is known as, None for other expressions."""
        return self.known.get(expr.id) if isinstance(expr, ast.Name) else None

    def either(self, expr: ast.BoolOp) -> bool:
        """Return what `and` or `or` gives: one side may settle it where another is out of sight."""
        settles, unknown = isinstance(expr.op, ast.Or), False
        for each in expr.values:
            try:
                if bool(self.value(each)) is settles:
                    return settles
            except OutOfSight:
                unknown = True
        if unknown:
            raise OutOfSight
        return not settles

    def called(self, expr: ast.Call) -> Any:
        """Return what a call gives: of a string, of a parameter, any(...) and re.search."""
        function = expr.func
        if isinstance(function, ast.Attribute):
            owner = self.of(function.value)
            if isinstance(owner, Parameter) and function.attr in ("dim", "ndimension", "size"):
                return (1,) * owner.num_dims if function.attr == "size" else owner.num_dims
            if function.attr in _OF_STRINGS and not expr.keywords:
                text = self.value(function.value)
                if isinstance(text, str):
                    return getattr(text, function.attr)(*map(self.value, expr.args))
            if self.source.name(function, self.scope) in _SEARCHES and len(expr.args) == 2:
                search = getattr(re, function.attr)
                return search(self.value(expr.args[0]), self.value(expr.args[1])) is not None
        word = getattr(function, "id", "")
        if word in ("any", "all") and len(expr.args) == 1:
            results = self.rounds(expr.args[0])
            return any(results) if word == "any" else all(results)
        if word in ("len", "tuple", "list", "set") and len(expr.args) == 1:
            inner = self.value(expr.args[0])
            return len(inner) if word == "len" else tuple(inner)
        raise OutOfSight

    def rounds(self, expr: ast.expr) -> list[Any]:
        """Return what a comprehension gives for each of the items that it goes over."""
        if not isinstance(expr, (ast.GeneratorExp, ast.ListComp)) or len(expr.generators) != 1:
            raise OutOfSight
        each = expr.generators[0]
        if not isinstance(each.target, ast.Name) or each.ifs:
            raise OutOfSight
        found = []
        for item in self.value(each.iter):
            inner = _Reader(self.source, self.scope, {**self.known, each.target.id: item})
            found.append(inner.value(expr.elt))
        return found

    def named(self, expr: ast.expr) -> Any:
        """Return what a name of the file stands for, where it has one value."""
        values = settled(self.source, expr, self.scope)
        if len(values) != 1 or values[0][0] is expr:
            raise OutOfSight
        return _Reader(self.source, values[0][1], {}).value(values[0][0])


_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
_OF_STRINGS = ("endswith", "startswith", "lower", "upper", "split", "strip", "removeprefix")
_SEARCHES = ("re.search", "re.match", "re.fullmatch")
