"""Tensors that no graph made and that require gradients: what calls make them, and where."""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.scope import Place, Scope
from neural_trainer.inspect.lint.source import Source

DEEPEST = 8  # names, tuples and functions from a use to where a tensor is made
_PARAMETERS = ("torch.nn.Parameter", "torch.nn.parameter.Parameter")


def is_leaf(
    source: Source, value: ast.expr, scope: Scope, element: int | None = None, depth: int = DEEPEST
) -> bool:
    """Tell whether a value, or its element, is a new tensor that requires gradients.

    Also one that a function of this file returns.
    """
    if depth == 0:
        return False
    if element is not None and isinstance(value, (ast.Tuple, ast.List)):
        inside = element < len(value.elts)
        return inside and is_leaf(source, value.elts[element], scope, None, depth - 1)
    if isinstance(value, ast.Name) and value.id in scope.bound:
        last = source.last_value(value, scope, Place())
        whole = last is not None and last.element is None and element is None
        return whole and is_leaf(source, last.value, scope, None, depth - 1)  # type: ignore[union-attr]
    if not isinstance(value, ast.Call):
        return False
    made = source.defined(value.func, scope)
    if made is not None and made.is_function and not made.yields:
        return bool(made.returns) and all(
            is_leaf(source, item.value, made, element, depth - 1) for item in made.returns
        )
    return element is None and _is_made_to_learn(source, value, scope)


def _is_made_to_learn(source: Source, call: ast.Call, scope: Scope) -> bool:
    """Tell whether a call of torch makes a leaf: Parameter(x), randn(3, requires_grad=True)."""
    name = source.name(call.func, scope)
    if name in _PARAMETERS:
        return not any(k.arg == "requires_grad" for k in call.keywords)
    if isinstance(call.func, ast.Attribute) and call.func.attr == "requires_grad_":
        return turns_on(call) is True and is_made(source, call.func.value, scope)
    on = any(k.arg == "requires_grad" and is_true(k.value) for k in call.keywords)
    return on and name.startswith("torch.")


def turns_on(call: ast.Call) -> bool | None:
    """Return what x.requires_grad_(...) sets, None where that is worked out."""
    given = [*call.args, *(k.value for k in call.keywords)]
    if not given:
        return True
    return given[0].value if isinstance(given[0], ast.Constant) else None  # type: ignore[return-value]


def is_made(source: Source, value: ast.expr, scope: Scope, depth: int = 6) -> bool:
    """Tell whether a function of torch or a detach made a tensor anew, by methods of it as well.

    (torch.randn(3) * 0.1), torch.empty_like(x).uniform_(), x.clone().detach(), and names of them.
    """
    if depth == 0:
        return False
    if isinstance(value, ast.BinOp):
        sides = (value.left, value.right)
        return any(is_made(source, side, scope, depth - 1) for side in sides)
    if isinstance(value, (ast.Name, ast.Attribute)):
        values = source.values(value, scope)
        return bool(values) and all(
            index is None and isinstance(held, ast.Call) and is_made(source, held, at, depth - 1)
            for held, at, index in values
        )
    if not isinstance(value, ast.Call):
        return False
    if source.name(value.func, scope).startswith("torch."):
        return True
    if not isinstance(value.func, ast.Attribute) or source.defined(value.func, scope) is not None:
        return False
    return value.func.attr == "detach" or is_made(source, value.func.value, scope, depth - 1)


def is_true(value: ast.expr) -> bool:
    """Tell whether a value is written as True."""
    return isinstance(value, ast.Constant) and value.value is True
