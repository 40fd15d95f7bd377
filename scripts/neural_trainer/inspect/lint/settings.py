"""What a call is set to: numbers and switches through names, defaults, configs and ** of dicts."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TypeVar

from neural_trainer.inspect.lint.scope import Call, Scope
from neural_trainer.inspect.lint.source import Source

Given = tuple[ast.expr, Scope]
T = TypeVar("T")


def setting(source: Source, call: Call, position: int, keyword: str) -> Given | None:
    """Return an argument with the scope it is written in, also out of **options in sight."""
    value = call.argument(position, keyword)
    if value is not None:
        return value, call.scope
    for item in call.node.keywords:
        if item.arg is None:
            for options, at in _settled(source, item.value, call.scope):
                inner = _entry(options, keyword)
                if inner is not None:
                    return inner, at
            key = source.key(item.value, call.scope)
            put = source.assignments.get(f"{key}[{keyword!r}]", []) if key else []
            if put:
                return put[-1].value, put[-1].scope
    return None


def all_in_sight(source: Source, call: Call) -> bool:
    """Tell whether every argument can be seen: no *args, and ** only of dicts in this file."""
    if any(isinstance(value, ast.Starred) for value in call.node.args):
        return False
    return all(
        any(_is_dict(value) for value, _ in _settled(source, item.value, call.scope))
        for item in call.node.keywords
        if item.arg is None
    )


def number(source: Source, expr: ast.expr | None, scope: Scope, depth: int = 5) -> float | None:
    """Return the one number that an expression can be by this file, None where there are others."""
    if isinstance(expr, ast.Constant):
        value = expr.value
        return float(value) if isinstance(value, (int, float)) and type(value) is not bool else None
    if isinstance(expr, ast.UnaryOp) and isinstance(expr.op, ast.USub):
        inner = number(source, expr.operand, scope, depth)
        return -inner if inner is not None else None
    if isinstance(expr, ast.BinOp):
        left = number(source, expr.left, scope, depth)
        right = number(source, expr.right, scope, depth)
        return None if left is None or right is None else _combined(expr.op, left, right)
    return _agreed(source, expr, scope, depth, number)


def truth(source: Source, expr: ast.expr | None, scope: Scope, depth: int = 5) -> bool | None:
    """Return True or False where an expression can be nothing else by this file."""
    if isinstance(expr, ast.Constant):
        return expr.value if isinstance(expr.value, bool) else None
    return _agreed(source, expr, scope, depth, truth)


def given(source: Source, expr: ast.expr, scope: Scope) -> list[Given]:
    """Return what a name, attribute or item is set to in this file; [] where that is not all."""
    key = source.key(expr, scope)
    if not key or any(
        a.how != "=" or a.element is not None for a in source.assignments.get(key, ())
    ):
        return []
    found = [(value, at) for value, at, index in source.values(expr, scope) if index is None]
    if isinstance(expr, ast.Name):
        default = _default(source, expr, scope)
        return found + default
    if not found and isinstance(expr, ast.Attribute):
        return _of_config(source, expr, scope)
    if not found and isinstance(expr, ast.Subscript) and isinstance(expr.slice, ast.Constant):
        return [
            (inner, at)
            for options, at in _settled(source, expr.value, scope)
            if (inner := _entry(options, str(expr.slice.value))) is not None
        ]
    return found


def _agreed(
    source: Source,
    expr: ast.expr | None,
    scope: Scope,
    depth: int,
    read: Callable[[Source, ast.expr | None, Scope, int], T | None],
) -> T | None:
    if expr is None or depth <= 0 or not isinstance(expr, (ast.Name, ast.Attribute, ast.Subscript)):
        return None
    found = {read(source, value, at, depth - 1) for value, at in given(source, expr, scope)}
    return found.pop() if len(found) == 1 else None


def _combined(op: ast.operator, left: float, right: float) -> float | None:
    try:
        if isinstance(op, ast.Mult):
            return left * right
        if isinstance(op, ast.Div):
            return left / right
        if isinstance(op, ast.FloorDiv):
            return left // right
        if isinstance(op, ast.Add):
            return left + right
        if isinstance(op, ast.Sub):
            return left - right
        if isinstance(op, ast.Pow) and abs(left) < 1e3 and abs(right) < 1e3:
            result = left**right
            return result if isinstance(result, float) else None
    except (ZeroDivisionError, OverflowError):
        return None
    return None


def _default(source: Source, name: ast.Name, scope: Scope) -> list[Given]:
    """Return the default of a parameter, unless every call in this file gives it."""
    function = source.binder(name.id, scope)
    node = function.node if function is not None else None
    if function is None or not isinstance(
        node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    ):
        return []
    callers = source.callers.get(function.number, [])
    if callers and len(source.passed(function, name.id)) >= len(callers):
        return []
    at = function.parent or source.module
    positional = [*node.args.posonlyargs, *node.args.args]
    pairs = list(zip(reversed(positional), reversed(node.args.defaults)))  # noqa: B905
    found = [(value, at) for arg, value in pairs if arg.arg == name.id]
    for arg, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if arg.arg == name.id and value is not None:
            found.append((value, at))
    return found


def _of_config(source: Source, expr: ast.Attribute, scope: Scope) -> list[Given]:
    """Return the value of cfg.lr: by the call that makes cfg, its class, or an argparse default."""
    for value, at in _settled(source, expr.value, scope):
        if isinstance(value, ast.Call):
            inner = next((k.value for k in value.keywords if k.arg == expr.attr), None)
            if inner is not None:
                return [(inner, at)]
            if isinstance(value.func, ast.Attribute) and value.func.attr.startswith("parse_"):
                return _option_default(source, expr.attr)
    cls = source.class_of(expr.value, scope)
    fields = source.assignments.get(f"{cls.number}:{expr.attr}", []) if cls is not None else []
    return [(item.value, item.scope) for item in fields]


def _option_default(source: Source, name: str) -> list[Given]:
    found = []
    for call in source.called("add_argument"):
        flags = [a.value for a in call.node.args if isinstance(a, ast.Constant)]
        if any(str(flag).lstrip("-").replace("-", "_") == name for flag in flags):
            value = call.argument(99, "default")
            if value is not None:
                found.append((value, call.scope))
    return found


def _settled(source: Source, expr: ast.expr, scope: Scope) -> list[Given]:
    """Return an expression itself where it is no name, else what the name is set to."""
    if isinstance(expr, (ast.Name, ast.Attribute)):
        return [(v, at) for v, at, index in source.values(expr, scope) if index is None]
    return [(expr, scope)]


def _is_dict(expr: ast.expr) -> bool:
    """Tell whether an expression is a dict that is written out whole."""
    if isinstance(expr, ast.Dict):
        return None not in expr.keys
    made = isinstance(expr, ast.Call) and isinstance(expr.func, ast.Name) and expr.func.id == "dict"
    return (
        made and isinstance(expr, ast.Call) and not expr.args and all(k.arg for k in expr.keywords)
    )


def _entry(options: ast.expr, name: str) -> ast.expr | None:
    """Return what a dict that is written out has under `name`."""
    if isinstance(options, ast.Dict):
        for key, value in zip(options.keys, options.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == name:
                return value
    elif _is_dict(options) and isinstance(options, ast.Call):
        return next((k.value for k in options.keywords if k.arg == name), None)
    return None
