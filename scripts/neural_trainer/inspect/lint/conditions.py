"""What the branches around a place say of a flag: `if optimizer is not None:` of `training`."""

from __future__ import annotations

import ast
from typing import NamedTuple

from neural_trainer.inspect.lint.scope import Place, Scope
from neural_trainer.inspect.lint.source import Source

_DEEPEST = 4  # names from a flag to the condition that it stands for


class Test(NamedTuple):
    """A condition in one form for all its spellings: `x is None` is that x is not there."""

    text: str
    holds: bool


def implied(source: Source, flag: ast.expr, scope: Scope, place: Place) -> bool | None:
    """Return what a flag must be wherever `place` of the same function runs, None: it may vary."""
    asked = reduced(source, flag, scope)
    for node, arm in place.branches:
        if not isinstance(node, ast.If) or arm not in ("then", "else"):
            continue
        known = reduced(source, node.test, scope)
        if known.text == asked.text:
            return (known.holds == asked.holds) == (arm == "then")
        if arm == "then" and known.holds and _excludes(known.text, asked.text):
            return not asked.holds
    return None


def reduced(source: Source, test: ast.expr, scope: Scope, depth: int = _DEEPEST) -> Test:
    """Return a condition in its one form, through names that are given conditions."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = reduced(source, test.operand, scope, depth)
        return Test(inner.text, not inner.holds)
    if isinstance(test, ast.Call) and getattr(test.func, "id", "") == "bool" and test.args:
        return reduced(source, test.args[0], scope, depth)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        left, op, right = test.left, test.ops[0], test.comparators[0]
        known = isinstance(right, ast.Constant) and (
            right.value is None or type(right.value) is bool
        )
        if known and isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)):
            inner = reduced(source, left, scope, depth)
            same = isinstance(op, (ast.Is, ast.Eq)) == (ast.unparse(right) == "True")
            return Test(inner.text, inner.holds == same)
        if isinstance(op, (ast.Eq, ast.NotEq)):
            text = f"{ast.unparse(left)} == {ast.unparse(right)}"
            return Test(text, isinstance(op, ast.Eq))
    if isinstance(test, (ast.Name, ast.Attribute)) and depth:
        given = source.assignments.get(source.key(test, scope), ())
        only = given[0] if len(given) == 1 and given[0].scope is scope else None
        said = only.value if only is not None and only.how == "=" else None
        if only is not None and only.element is None and isinstance(said, _CONDITIONS):
            return reduced(source, said, scope, depth - 1)
    return Test(ast.unparse(test), True)


_CONDITIONS = (ast.Compare, ast.UnaryOp, ast.Name)


def _excludes(known: str, asked: str) -> bool:
    """Tell whether one equality rules another out: phase == 'train' and phase == 'val'."""
    left, _, right = known.partition(" == ")
    other, _, value = asked.partition(" == ")
    written = right[:1] in "'\"" and value[:1] in "'\""
    return bool(right and value) and written and left == other and right != value
