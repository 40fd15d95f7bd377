"""What the parameter of a factor of the rate counts: by its name, and what it is held against."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.parts import Given
from neural_trainer.inspect.lint.schedule_lengths import (
    BATCHES,
    EPOCHS,
    LEAST_GAMMA,
    LEAST_STEPS,
    OF_EPOCHS,
    is_few,
    unit_of_length,
)
from neural_trainer.inspect.lint.scope import Call, Place, Scope, bound_arguments
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source

_OF_STEPS = re.compile(
    r"(?:warm_?up|total|max|num|train(?:ing)?)_?(?:steps|iter|updates|batches)|\blen\("
    r"|per_?epoch|epoch_?(?:size|len)",
    re.IGNORECASE,
)


def unit_of_factor(source: Source, function: Scope) -> str:
    """Return what the parameter of a factor counts, "" where that cannot be told."""
    given = function.parameters[int(function.is_method) :]
    if not function.is_function or not given:
        return ""
    step = given[0]
    if OF_EPOCHS.search(step):
        return EPOCHS
    units = {_unit(source, *each) for each in _held_against(source, function, step)}
    if BATCHES in units:
        return BATCHES
    return EPOCHS if EPOCHS in units or _decays_fast(function, step) else ""


def _unit(source: Source, expr: ast.expr, scope: Scope) -> str:
    """Return the unit of what a step is held against, "" of numbers that either may be."""
    size = number(source, expr, scope)
    if size is not None:
        named = not isinstance(expr, ast.Constant) and OF_EPOCHS.search(ast.unparse(expr))
        return BATCHES if size >= LEAST_STEPS else EPOCHS if named else ""
    unit = unit_of_length(source, expr, scope)
    sure = unit != BATCHES or any(_OF_STEPS.search(each) for each in _texts(source, expr, scope))
    return unit if sure else ""


def _texts(source: Source, expr: ast.expr, scope: Scope) -> list[str]:
    return [ast.unparse(expr), *(ast.unparse(v) for v, _, _ in source.values(expr, scope))]


def _decays_fast(function: Scope, step: str) -> bool:
    """Tell whether a factor is 0.95 ** step, or 0.1 ** (step // 30): too fast for batches."""
    for node in ast.walk(function.node):
        power = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
        base = node.left.value if power and isinstance(node.left, ast.Constant) else None  # type: ignore[attr-defined]
        if isinstance(base, float) and 0 < base <= LEAST_GAMMA:
            by = node.right  # type: ignore[attr-defined]
            each = isinstance(by, ast.BinOp) and isinstance(by.op, ast.FloorDiv)
            of = by.left if each and is_few(by.right) else by
            if isinstance(of, ast.Name) and of.id == step:
                return True
    return False


def _held_against(source: Source, function: Scope, step: str, depth: int = 3) -> Iterator[Given]:
    """Yield what a step is compared with and divided by, here and in functions it is passed to."""
    names = {step}
    for node in ast.walk(function.node):
        if isinstance(node, ast.Assign) and _is_step(node.value, names):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    for node in ast.walk(function.node):
        for one, other in _pairs(node):
            if _is_step(one, names):
                held = _base(other)
                ends = isinstance(held, ast.BinOp) and isinstance(held.op, ast.Sub)
                sides = [held.left, held.right] if ends else [held]  # type: ignore[attr-defined]
                yield from ((side, function) for side in sides)
        made = source.defined(node.func, function) if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and made is not None and made.is_function and depth:
            call = Call(node, made.name, Place(), function)
            for name, value in bound_arguments(made, call).items():
                if _is_step(value, names):
                    yield from _held_against(source, made, name, depth - 1)


def _pairs(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what may be a step, and what it is held against: of a < b, a / b, a * b ** -1.5."""
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Mod, ast.Sub)):
            yield node.left, node.right
        if isinstance(node.op, ast.Sub):
            yield node.right, node.left
        if isinstance(node.op, ast.Mult):
            powers = [(node.left, node.right), (node.right, node.left)]
            yield from (pair for pair in powers if _base(pair[1]) is not pair[1])
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield node.left, node.comparators[0]
        yield node.comparators[0], node.left


def _is_step(expr: ast.expr, names: set[str]) -> bool:
    """Tell whether an expression is a step, give or take a few: step + 1, max(step, 1)."""
    if isinstance(expr, ast.Call) and getattr(expr.func, "id", "") in (
        "max",
        "min",
        "float",
        "int",
    ):
        return any(_is_step(each, names) for each in expr.args)
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, (ast.Add, ast.Sub)):
        return _is_step(expr.left, names) or _is_step(expr.right, names)
    return isinstance(expr, ast.Name) and expr.id in names


def _base(expr: ast.expr) -> ast.expr:
    """Return x of x ** -1.5, of max(1, x) and of float(x)."""
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Pow):
        return _base(expr.left)
    if isinstance(expr, ast.Call) and getattr(expr.func, "id", "") in ("max", "float", "int"):
        inner = [each for each in expr.args if not isinstance(each, ast.Constant)]
        return _base(inner[0]) if len(inner) == 1 else expr
    return expr
