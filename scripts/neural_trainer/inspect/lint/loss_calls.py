"""Where a file computes a loss of torch, by function or by a module made before."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from neural_trainer.inspect.lint.scope import Call, Scope
from neural_trainer.inspect.lint.source import SAME_OBJECT, Source


def loss_calls(source: Source, function: str, module: str) -> Iterator[Call]:
    """Yield the calls of torch.nn.functional.`function` and of objects of torch.nn.`module`."""
    functional, cls = f"torch.nn.functional.{function}", f"torch.nn.{module}"
    if function not in source.text and module not in source.text:
        return
    for scope in source.scopes:
        for call in scope.calls():
            func = call.node.func
            name = source.name(func, scope)
            named = name in (functional, f"torch.{function}")
            if named or (not name and _is_made_by(source, func, scope, cls)):
                yield call


def criterion(source: Source, call: Call) -> ast.expr:
    """Return where the loss of a call is set up: the module as it was built, else the call."""
    values = source.values(call.node.func, call.scope)
    built = [value for value, _, index in values if index is None and isinstance(value, ast.Call)]
    return built[0] if len(values) == 1 and built else call.node


def _is_made_by(source: Source, expr: ast.expr, scope: Scope, cls: str, depth: int = 4) -> bool:
    """Tell whether an expression is an object of the class `cls`, wherever it was made."""
    if depth == 0:
        return False
    if isinstance(expr, ast.Call):
        name = source.name(expr.func, scope)
        if name in (cls, cls.replace("torch.nn.", "torch.nn.modules.loss.")):
            return True
        if isinstance(expr.func, ast.Attribute) and expr.func.attr in SAME_OBJECT:
            return _is_made_by(source, expr.func.value, scope, cls, depth - 1)
        made = source.defined(expr.func, scope)
        if made is not None and made.is_class:
            return cls in source.base_names(made) and source.method(made, "forward") is None
        if made is not None and made.is_function and made.returns:
            return all(_is_made_by(source, r.value, made, cls, depth - 1) for r in made.returns)
        return False
    if isinstance(expr, ast.IfExp):
        sides = (expr.body, expr.orelse)
        return all(_is_made_by(source, side, scope, cls, depth - 1) for side in sides)
    values = source.values(expr, scope)
    return bool(values) and all(
        index is None and _is_made_by(source, value, at, cls, depth - 1)
        for value, at, index in values
    )
