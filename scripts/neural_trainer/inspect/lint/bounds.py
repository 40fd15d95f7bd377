"""Values that are bounded, or moved by a little, so that their logarithm is finite."""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source


def bounded(source: Source, expr: ast.expr | None, scope: Scope) -> ast.expr | None:
    """Return what is bounded or moved by a small number, None of any other expression."""
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, (ast.Add, ast.Sub)):
        moved = number(source, expr.right, scope)
        return expr.left if moved is not None and abs(moved) < _LITTLE else None
    if not isinstance(expr, ast.Call) or getattr(expr.func, "attr", "") not in _BOUNDS:
        return None
    if source.name(expr.func, scope):
        return expr.args[0] if expr.args else None
    return expr.func.value  # type: ignore[attr-defined,no-any-return]


_BOUNDS = frozenset({"clamp", "clip", "clamp_min", "clamp_max", "nan_to_num"})
_LITTLE = 1e-2  # of a probability: what keeps a logarithm finite is far smaller
