"""Whether a loss is an average over its batch, as the mean of a loss function is."""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.roles import LOSS, role
from neural_trainer.inspect.lint.scope import Place, Scope
from neural_trainer.inspect.lint.source import Source

DEEPEST = 8  # names, functions and operations from a loss to the mean it is made of
_SAME = frozenset({
    "sqrt", "square", "log", "log1p", "exp", "abs", "neg", "clamp", "clamp_min", "clamp_max", "to",
    "squeeze", "float", "double", "pow", "nan_to_num", "contiguous",
})  # fmt: skip
"""Methods that leave a number the average or a function of it."""
_COUNT = re.compile(r"\.sum\(|numel\(|count_nonzero\(|\.size\(|\.shape\[|\blen\(")


def is_average(
    source: Source, expr: ast.expr, scope: Scope, place: Place, depth: int = DEEPEST
) -> bool:
    """Tell whether a value is an average, or made of averages and constants, as far as in sight."""
    if depth == 0:
        return False

    def average(part: ast.expr) -> bool:
        return is_average(source, part, scope, place, depth - 1)

    if isinstance(expr, ast.UnaryOp):
        return average(expr.operand)
    if isinstance(expr, ast.BinOp):
        return _of_two(expr, average(expr.left), average(expr.right))
    if isinstance(expr, ast.Name):
        return _of_name(source, expr, scope, place, depth)
    return isinstance(expr, ast.Call) and _of_call(source, expr, scope, place, depth)


def _of_two(expr: ast.BinOp, left: bool, right: bool) -> bool:
    """Tell whether an operation of two sides is an average, by which of them are."""
    if isinstance(expr.op, (ast.Add, ast.Sub)):
        free = [isinstance(side, ast.Constant) for side in (expr.left, expr.right)]
        return (left or free[0]) and (right or free[1]) and (left or right)
    if isinstance(expr.op, ast.Mult):
        return (left and _is_number(expr.right)) or (right and _is_number(expr.left))
    if isinstance(expr.op, ast.Div):  # over what is counted: a mean by hand
        return _SUM.search(ast.unparse(expr.left)) is not None and bool(
            _COUNT.search(ast.unparse(expr.right))
        )
    return isinstance(expr.op, ast.Pow) and left


_SUM = re.compile(r"\.sum\(\)$|^torch\.sum\(")


def _is_number(expr: ast.expr) -> bool:
    return isinstance(expr, ast.Constant)


def _of_name(source: Source, name: ast.Name, scope: Scope, place: Place, depth: int) -> bool:
    last = source.last_value(name, scope, place)
    if last is not None:
        held = last.value if last.element is None else None
        return held is not None and is_average(source, held, scope, last.place, depth - 1)
    if name.id not in scope.parameters or source.assignments.get(source.key(name, scope)):
        return False
    given = source.passed(scope, name.id)
    return bool(given) and all(
        is_average(source, value, at, source.place_of(value, at), depth - 1) for value, at in given
    )


def _of_call(source: Source, call: ast.Call, scope: Scope, place: Place, depth: int) -> bool:
    if any("sum" in ast.unparse(k.value) or "none" in ast.unparse(k.value) for k in call.keywords):
        return False
    name = source.name(call.func, scope)
    word = name.rpartition(".")[2] if name else getattr(call.func, "attr", "")
    if word == "mean":
        return True
    if name.startswith("torch.nn.functional."):
        return word.endswith(("loss", "entropy", "with_logits"))
    made = source.defined(call.func, scope)
    if made is not None and made.is_function and made.returns:
        return all(is_average(source, r.value, made, r.place, depth - 1) for r in made.returns)
    if word in _SAME:
        owner = call.func.value if isinstance(call.func, ast.Attribute) and not name else None
        inner = owner if owner is not None else (call.args[0] if call.args else None)
        return inner is not None and is_average(source, inner, scope, place, depth - 1)
    return role(source, call.func, scope) == LOSS
